package httpapi_test

import (
	"testing"

	"laneway/internal/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }
