//go:build unix

package material

import (
	"syscall"
	"time"
)

// CPUTime is the processor time that the program has used. On a machine that others use as well it
// says more than a clock.
func CPUTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
