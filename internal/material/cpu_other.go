//go:build !unix

package material

import "time"

var started = time.Now()

// CPUTime is the time that has passed, where the system tells nothing better.
func CPUTime() time.Duration { return time.Since(started) }
