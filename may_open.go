//go:build mayopen

package laneway

import "sync/atomic"

// opened is the action that May lets everybody do. The tag mayopen is for one test: it opens one permission after the
// other and wants the proof of isolation to fail each time, because a proof that cannot fail proves nothing.
var opened atomic.Pointer[Action]

func isOpened(action Action) bool {
	now := opened.Load()
	return now != nil && *now == action
}

// OpenMay lets everybody do what action names, until the function that it gives is called.
func OpenMay(action Action) (shut func()) {
	opened.Store(&action)
	return func() { opened.Store(nil) }
}
