//go:build linux

package sandbox

import (
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// sealedSelf returns a memfd that holds this program and can never change: a
// learner who opens /proc/1/exe finds a copy, not the file on the host's disk.
// (CVE-2019-5736 was that file being written.) One serves all sandboxes.
// See memfd_create(2) and fcntl(2), "File Sealing".
func sealedSelf(without defences) (*os.File, error) {
	self, err := os.Open("/proc/self/exe")
	if err != nil {
		return nil, fmt.Errorf("sandbox: open the program itself: %w", err)
	}
	defer self.Close()
	// MFD_EXEC is needed where vm.memfd_noexec is 1 and unknown before
	// Linux 6.3.
	fd, err := unix.MemfdCreate("nslab", unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING|unix.MFD_EXEC)
	if errors.Is(err, unix.EINVAL) {
		fd, err = unix.MemfdCreate("nslab", unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	}
	if err != nil {
		return nil, fmt.Errorf("sandbox: memfd_create: %w (is vm.memfd_noexec 2? run \"nslab doctor\")", err)
	}
	f := os.NewFile(uintptr(fd), "nslab")
	if _, err := io.Copy(f, self); err != nil {
		f.Close()
		return nil, fmt.Errorf("sandbox: copy the program to a memfd: %w", err)
	}
	seals := unix.F_SEAL_SEAL | unix.F_SEAL_SHRINK | unix.F_SEAL_GROW | unix.F_SEAL_WRITE
	if without.seals {
		seals = 0
	}
	if _, err := unix.FcntlInt(uintptr(fd), unix.F_ADD_SEALS, seals); err != nil {
		f.Close()
		return nil, fmt.Errorf("sandbox: seal the memfd: %w", err)
	}
	// Out of the way of the descriptors 0 to 3 that init is started with: its
	// exec names this one by number.
	high, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 10)
	f.Close()
	if err != nil {
		return nil, fmt.Errorf("sandbox: dup the memfd: %w", err)
	}
	return os.NewFile(uintptr(high), "nslab"), nil
}
