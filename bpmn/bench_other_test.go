//go:build !unix

package bpmn_test

import "time"

var started = time.Now()

// cpuTime is the time that has passed, where the system tells nothing better.
func cpuTime() time.Duration { return time.Since(started) }
