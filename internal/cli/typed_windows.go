package cli

import (
	"os"

	"golang.org/x/sys/windows"
)

// forget drops what was typed and is not read yet.
func forget(terminal *os.File) {
	_ = windows.FlushConsoleInputBuffer(windows.Handle(terminal.Fd())) // otherwise it is read as it is
}
