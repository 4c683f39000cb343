package schemas

// Bundle is for tests that bring step types of their own.
var Bundle = bundle
