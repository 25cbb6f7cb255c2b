package render

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	"image/png"
	"math/rand/v2"
	"testing"

	"laneway/bpmn/svg"
)

// TestEncodePNG holds our encoder against the decoder of the standard library, on noise.
func TestEncodePNG(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, size := range [...]image.Point{{1, 1}, {3, 7}, {130, 65}} {
		want := image.NewRGBA(image.Rectangle{Max: size})
		for i := 0; i < len(want.Pix); i += 4 {
			opacity := [...]int{0, 255, random.IntN(256)}[random.IntN(3)]
			for c := range 3 {
				want.Pix[i+c] = uint8(random.IntN(opacity + 1))
			}
			want.Pix[i+3] = uint8(opacity)
		}
		file, err := encodePNG(bytes.Clone(want.Pix), size.X, size.Y)
		if err != nil {
			t.Fatal(err)
		}
		got, err := png.Decode(bytes.NewReader(file))
		if err != nil || got.Bounds() != want.Bounds() {
			t.Fatalf("%v: %v", got.Bounds(), err)
		}
		for y := range size.Y {
			for x := range size.X {
				g, w := color.RGBAModel.Convert(got.At(x, y)).(color.RGBA), want.RGBAAt(x, y)
				for _, d := range [...]int{int(g.R) - int(w.R), int(g.G) - int(w.G), int(g.B) - int(w.B), int(g.A) - int(w.A)} {
					if d < -1 || d > 1 {
						t.Fatalf("%v at %d, %d: %v, want %v", size, x, y, g, w)
					}
				}
			}
		}
	}
}

// No more pictures are made at once than there are slots: one more waits, and ends with its context.
func TestPNGWaitsForSlot(t *testing.T) {
	r := New(Config{})
	for range atOnce {
		r.slots <- struct{}{}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := r.PNG(ctx, svg.Placeholder(), 1); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	if r.runtime != nil {
		t.Error("the picture was begun")
	}
	if err := r.Close(t.Context()); err != nil {
		t.Error(err)
	}
}
