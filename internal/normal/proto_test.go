package normal

import "testing"

func TestProtobufSpellings(t *testing.T) {
	same{
		"layout":    {"syntax = \"proto3\";\nmessage A {\n  int32 a = 1;\n}\n", "syntax='proto3';// c\nmessage A{int32 a=1;/* x */};", "syntax = 'pro' \"to3\";;\nmessage A {\n\n int32 a = 0x1;;\n}"},
		"no syntax": {"syntax = \"proto2\";\nmessage A {\n}\n", "message A {}", "syntax = 'proto2'; message A {}"},
		"edition":   {"edition = \"2023\";\nmessage A {\n  reserved 1;\n  reserved b;\n}\n", "edition='2023'; message A { reserved b; reserved 1; }"},
		"imports":   {"syntax = \"proto3\";\nimport \"a\";\nimport \"b\";\nimport public \"c\";\nimport weak \"d\";\n", `syntax="proto3"; import weak "d"; import public "c"; import "b"; import "a"; import 'b';`},
		"names": {
			"syntax = \"proto3\";\npackage p.q;\nmessage A {\n  .p.q.A.B b = 1;\n  .p.q.E e = 2;\n  map<string, .p.q.A> m = 3;\n  .google.protobuf.Timestamp t = 4;\n  other.C c = 5;\n  .p.q.A.B x = 6;\n  message B {\n  }\n}\nenum E {\n  X = 0;\n}\nservice S {\n  rpc M(stream .p.q.A) returns (.p.q.A.B);\n}\n",
			`syntax="proto3"; package p.q; enum E {X=0;} message A { B b=1; q.E e=2; map<string,A> m=3; google.protobuf.Timestamp t=4; other.C c=5; A.B x=6; message B{} } service S { rpc M(stream A) returns (A.B) {} }`,
			`syntax="proto3"; package p.q; message A { .p.q.A.B x=6; message B{} other.C c=5; .google.protobuf.Timestamp t=4; map<string,.p.q.A> m=3; .p.q.E e=2; p.q.A.B b=1; } enum E {X=0;} service S { rpc M(stream p.q.A) returns (p.q.A.B); }`,
		},
		"fields": {
			"syntax = \"proto2\";\nmessage A {\n  oneof o {\n    option (x) = 1;\n    int32 b = 1;\n    string a = 4;\n  }\n  optional int32 c = 2;\n  repeated group G = 3 {\n    required int32 z = 1;\n  }\n}\n",
			`message A { repeated group G = 3 { required int32 z = 1; } optional int32 c = 2; oneof o { string a = 4; int32 b = 1; option (x) = 1; } }`,
		},
		"ranges": {
			"syntax = \"proto2\";\nmessage A {\n  reserved 2;\n  reserved 5 to 7;\n  reserved 9 to max;\n  reserved \"a\";\n  reserved \"b\";\n  extensions 10 [declaration = {full_name: \".x\", number: 10}];\n  extensions 100 to 200;\n}\n",
			`message A { extensions 100 to 200; extensions 10 [declaration={number:10 full_name:".x"}]; reserved "b", 'a'; reserved 9 to max, 5 to 7; reserved 2 to 2; }`,
		},
		"options": {
			"syntax = \"proto3\";\noption (a) = {k: [1, 2.0], m: {n: -inf, o: \"x\"}, z: T};\noption (rep) = 2;\noption (rep) = 1;\noption java_package = \"é\\001\\\"\";\nmessage A {\n  int32 a = 1 [(x).y.(z) = 1.5, deprecated = true, json_name = \"b\"];\n}\n",
			`syntax="proto3"; option java_package="é\x01\""; option (rep)=2; option (a)={z:T; m<o:'x',n:-inf> k:[1,2.0]}; option (rep)=1; message A { int32 a=1 [json_name="b",deprecated=true,(x).y.(z)=15e-1]; }`,
		},
		"enum": {
			"syntax = \"proto2\";\nenum E {\n  option allow_alias = true;\n  reserved 9;\n  B = 5;\n  N = -1;\n  A = 1;\n  Z = 1;\n  Y = 1;\n}\n",
			`enum E { B=5; A=01; Z=1; N=-1; option allow_alias=true; Y=0x1; reserved 9; }`,
		},
		"extensions": {
			"syntax = \"proto2\";\nmessage A {\n  extensions 1 to 9;\n  extend .A {\n    optional int32 a = 1;\n    optional int32 b = 2;\n  }\n}\n",
			`message A { extend A { optional int32 b = 2; optional int32 a = 1; } extensions 1 to 9; }`,
		},
		"services": {
			"syntax = \"proto3\";\nmessage A {\n}\nservice S {\n  option deprecated = true;\n  rpc N(.A) returns (stream .A) {\n    option idempotency_level = IDEMPOTENT;\n  }\n  rpc M(.A) returns (.A);\n}\n",
			`syntax="proto3"; service S { rpc N(A) returns (stream A) {option idempotency_level=IDEMPOTENT;} rpc M(A) returns (A); option deprecated=true; } message A {}`,
		},
	}.test(t, "PROTOBUF")
}

func TestProtobufContent(t *testing.T) {
	apart(t, "PROTOBUF", map[string][2]string{
		"syntax":                {`syntax="proto3"; message A {}`, `syntax="proto2"; message A {}`},
		"package":               {`package a; message A {}`, `message A {}`},
		"order of messages":     {`message A {} message B {}`, `message B {} message A {}`},
		"nested order":          {`message M {message A {} message B {}}`, `message M {message B {} message A {}}`},
		"words joined":          {`message A { int32 a = 1; }`, `message A { int32a a = 1; }`},
		"number":                {`message A { int32 a = 1; }`, `message A { int32 a = 2; }`},
		"octal":                 {`message A { int32 a = 10; }`, `message A { int32 a = 010; }`},
		"name":                  {`message A { int32 a = 1; }`, `message A { int32 b = 1; }`},
		"label":                 {`message A { int32 a = 1; }`, `message A { optional int32 a = 1; }`},
		"commented out":         {`message A { int32 a = 1; }`, `message A { /* int32 a = 1; */ }`},
		"in a oneof":            {`message A { oneof o { int32 a = 1; } }`, `message A { int32 a = 1; }`},
		"import":                {`import "a"; message A {}`, `message A {}`},
		"public import":         {`import "a"; message A {}`, `import public "a"; message A {}`},
		"comment in a string":   {`option a = "x//y";`, `option a = "x//z";`},
		"space in a string":     {`option a = "x y";`, `option a = "x  y";`},
		"escapes":               {`option a = "\"//x";`, `option a = "\"//y";`},
		"string and word":       {`option a = "x";`, `option a = x;`},
		"whole and not":         {`option a = 1;`, `option a = 1.0;`},
		"repeated option":       {`option (a) = 1; option (a) = 2;`, `option (a) = 2; option (a) = 1;`},
		"default value":         {`enum E { A=0; B=1; }`, `enum E { B=1; A=0; }`},
		"name that is printed":  {`enum E { option allow_alias=true; X=0; A=1; B=1; }`, `enum E { option allow_alias=true; X=0; B=1; A=1; }`},
		"type of other package": {`message A { a.T t = 1; }`, `message A { b.T t = 1; }`},
		"nearer type":           {`package p; message T {} message A { T t = 1; message T {} }`, `package p; message T {} message A { .p.T t = 1; message T {} }`},
		"rpc":                   {`message A {} service S { rpc M(A) returns (A); }`, `message A {} service S { rpc M(A) returns (stream A); }`},
		"range":                 {`message A { reserved 1 to 3; }`, `message A { reserved 1, 3; }`},
		"reserved name":         {`message A { reserved "a"; }`, `message A { reserved "b"; }`},
		"map":                   {`message A { map<string,int32> m = 1; }`, `message A { map<string,int64> m = 1; }`},
		"option of a range":     {`message A { extensions 1 [verification=DECLARATION]; }`, `message A { extensions 1; }`},
	})
}

func TestSameButForImports(t *testing.T) {
	const before, after = `syntax="proto3"; package a.b; import "x"; message M { `, ` }`
	for _, c := range []struct {
		one, other string
		want       bool
	}{
		{"T t = 1;", ".a.b.T t = 1;", true},
		{"T t = 1;", ".a.T t = 1;", true},
		{"T t = 1;", ".T t = 1;", true},
		{"x.T t = 1;", "a.x.T t = 1;", true},
		{"map<string, T> t = 1; M m = 2;", ".a.b.M m = 2; map<string, .a.b.T> t = 1;", true},
		{"T t = 1;", "T t = 1;", true},
		{"T t = 1;", ".c.T t = 1;", false},
		{"x.T t = 1;", "y.T t = 1;", false},
		{"T t = 1;", "U t = 1;", false},
		{".a.T t = 1;", ".a.b.T t = 1;", false},
		{"T t = 1;", ".a.b.T t = 2;", false},
		{"T t = 1;", "int32 t = 1;", false},
		{"T t = 1;", "T t = 1", false},
	} {
		for _, pair := range [][2]string{{c.one, c.other}, {c.other, c.one}} {
			if got := SameButForImports(before+pair[0]+after, before+pair[1]+after); got != c.want {
				t.Errorf("%s and %s: got %v", pair[0], pair[1], got)
			}
		}
	}
}
