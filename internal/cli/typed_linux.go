package cli

import (
	"os"

	"golang.org/x/sys/unix"
)

// forget drops what was typed and is not read yet.
func forget(terminal *os.File) {
	_ = unix.IoctlSetInt(int(terminal.Fd()), unix.TCFLSH, unix.TCIFLUSH) // then it is read as it is
}
