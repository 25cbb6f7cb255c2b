//go:build unix && !embedpg

package embeddedpg_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"laneway/internal/embeddedpg"
)

func TestWithoutAnyPostgres(t *testing.T) {
	if embeddedpg.Bundled() {
		t.Fatal("a bundle without the build tag")
	}
	dir := dataDir(t)
	_, err := embeddedpg.Start(t.Context(), embeddedpg.Config{DataDir: dir, Log: logTo(t)})
	if !errors.Is(err, embeddedpg.ErrNoPostgres) {
		t.Fatal(err)
	}
	for _, hint := range []string{"make build", "--postgres-dir", "--database-url"} {
		if !strings.Contains(err.Error(), hint) {
			t.Errorf("the message does not speak of %s: %v", hint, err)
		}
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Error("the data folder was made")
	}
}
