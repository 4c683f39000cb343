// Package planted names bugs that the program does not have, and that the simulation has to find. Built with the tag
// plant it can have one of them; otherwise Is is false, and the compiler leaves out what it guards.
package planted

// Bug is the name of a bug.
type Bug string

// The bugs, by what goes wrong.
const (
	NoIntent         Bug = "no-intent"          // a request leaves before the disk knows of its step
	RecordLate       Bug = "record-late"        // what was there before is saved with the outcome, not with the intent
	RecordAgain      Bug = "record-again"       // a resume records once more what was there before
	TakenForDone     Bug = "taken-for-done"     // a step that was cut short counts as done, without a look
	LostIsFailure    Bug = "lost-is-failure"    // an answer that was lost counts as a refusal
	LostIsDone       Bug = "lost-is-done"       // an answer that was lost counts as done, without a look
	LostIsRepeated   Bug = "lost-is-repeated"   // a lost create is sent again, and then trips over itself
	SignalIsFailure  Bug = "signal-is-failure"  // a signal fails the step it interrupts
	OrderForward     Bug = "order-forward"      // the first step is undone first
	RollbackSkipped  Bug = "rollback-skipped"   // a rollback that was cut short counts as finished
	RollbackForward  Bug = "rollback-forward"   // a run goes forward from the middle of a rollback
	NoReturnIgnored  Bug = "no-return-ignored"  // a failure behind a point of no return rolls back across it
	FailedUndoHides  Bug = "failed-undo-hides"  // an undo step that failed counts as done
	UnsetIsReadWrite Bug = "unset-is-readwrite" // a mode that was not set becomes READWRITE
	ConfigsStay      Bug = "configs-stay"       // compatibility settings that appeared are left
	KnownIsCopy      Bug = "known-is-copy"      // versions that were there before are deleted as copies
	LossUnseen       Bug = "loss-unseen"        // a registry that has lost everything counts as one that is there
	ForeignIsCopy    Bug = "foreign-is-copy"    // versions that somebody else registers on the target are deleted as copies
	ForeignIsOurs    Bug = "foreign-is-ours"    // a mode that somebody else has set is put back as the run's own
	LevelForgotten   Bug = "level-forgotten"    // a compatibility level that a step has set is not put back
	CopyStaysOpen    Bug = "copy-stays-open"    // a copy that was cut short counts as done while its target is still in IMPORT
	DeletedUnsaved   Bug = "deleted-unsaved"    // what the run has not made is deleted without a backup
	ExporterAnyway   Bug = "exporter-anyway"    // an exporter that was there before is deleted as the run's own
	NoSync           Bug = "no-sync"            // a file gets its name before its bytes are on the disk
	NoSyncDir        Bug = "no-sync-dir"        // a file's name is not made durable
	InPlace          Bug = "in-place"           // the state is written over the old one
	Untouched        Bug = "untouched"          // a save that failed does not stop the run
)

// All lists the bugs.
func All() []Bug {
	return []Bug{
		NoIntent, RecordLate, RecordAgain, TakenForDone, LostIsFailure, LostIsDone, LostIsRepeated, SignalIsFailure,
		OrderForward, RollbackSkipped, RollbackForward, NoReturnIgnored, FailedUndoHides,
		UnsetIsReadWrite, ConfigsStay, KnownIsCopy, LossUnseen, ForeignIsCopy, ForeignIsOurs, ExporterAnyway,
		LevelForgotten, CopyStaysOpen, DeletedUnsaved, NoSync, NoSyncDir, InPlace, Untouched,
	}
}
