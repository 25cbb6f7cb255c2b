//go:build embedpg && unix

package embeddedpg_test

import (
	"testing"
	"time"

	"laneway/internal/embeddedpg"
)

func TestColdAndWarmStart(t *testing.T) {
	dir := dataDir(t)
	for range 3 {
		began := time.Now()
		s := start(t, embeddedpg.Config{DataDir: dir})
		t.Log("start", time.Since(began))
		began = time.Now()
		stop(t, s)
		t.Log("stop", time.Since(began))
	}
}
