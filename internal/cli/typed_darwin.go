package cli

import (
	"os"

	"golang.org/x/sys/unix"
)

// forget drops what was typed and is not read yet.
func forget(terminal *os.File) {
	const read = 1
	_ = unix.IoctlSetPointerInt(int(terminal.Fd()), unix.TIOCFLUSH, read) // otherwise it is read as it is
}
