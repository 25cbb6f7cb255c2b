package render

import (
	_ "embed"
	"fmt"
	"sync"

	"github.com/klauspost/compress/zstd"
)

var (
	//go:embed assets/resvg.wasm.zst
	packedResvg []byte
	//go:embed assets/LiberationSans-Regular.ttf.zst
	packedFont []byte
)

// resvgCode and fontFile unpack what the program carries, once.
var (
	resvgCode = sync.OnceValue(func() []byte { return unpack(packedResvg) })
	fontFile  = sync.OnceValue(func() []byte { return unpack(packedFont) })
)

func unpack(packed []byte) []byte {
	d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1))
	if err != nil {
		panic(fmt.Sprintf("unpack an asset: %v", err))
	}
	defer d.Close()
	content, err := d.DecodeAll(packed, nil)
	if err != nil {
		panic(fmt.Sprintf("unpack an asset: %v", err)) // it was built in, so it is a fault of the build
	}
	return content
}
