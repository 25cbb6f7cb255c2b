package httpapi_test

import (
	"fmt"
	"os"
	"testing"

	"laneway/internal/store/storetest"
)

func TestMain(m *testing.M) {
	if where := os.Getenv(readersEnvironment); where != "" {
		if err := readStreams(where); err != nil {
			fmt.Fprintln(os.Stderr, "read streams:", err)
			os.Exit(1)
		}
		return
	}
	storetest.Main(m)
}
