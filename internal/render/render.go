package render

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"sync"
	"sync/atomic"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"

	"laneway/bpmn/svg"
)

// MostPixels is how many pixels a PNG has at most, beside the bounds of its sides ([svg.MostPixels]).
const MostPixels = 32 << 20

// atOnce bounds the pictures that are made at the same time, and memoryPages the memory of each, in
// pages of 64 KiB: four bytes a pixel, twice, and room for the rest.
const (
	atOnce      = 2
	memoryPages = 8 << 10
)

// Config is what a Renderer is made from. The zero value is good.
type Config struct {
	// CacheDir is a folder of its own that keeps the compiled WebAssembly, some 12 MB, between
	// starts; it is made when it is missing, and not used when others may enter it. What it holds
	// is checked, and thrown away when it is not as it was written. Empty: in memory only.
	CacheDir string
}

// Renderer makes PNG. Close it in the end.
type Renderer struct {
	config  Config
	slots   chan struct{}
	waiting atomic.Int64

	underWay sync.WaitGroup
	memories memories

	once    sync.Once
	runtime wazero.Runtime
	code    wazero.CompiledModule
	host    *host
	err     error
}

// New makes a Renderer. It compiles nothing yet.
func New(c Config) *Renderer { return &Renderer{config: c, slots: make(chan struct{}, atOnce)} }

// Load tells how many pictures wait, how many are being made, and how many may be made at once.
func (r *Renderer) Load() (waiting, running, slots int) {
	return int(r.waiting.Load()), len(r.slots), cap(r.slots)
}

// Close waits for the pictures under way and frees what the renderer holds. It makes no more.
func (r *Renderer) Close(ctx context.Context) error {
	r.underWay.Wait()
	r.once.Do(func() { r.err = errors.New("the renderer is closed") })
	if r.runtime == nil {
		return nil
	}
	return r.runtime.Close(ctx)
}

// Scale gives the scale that a PNG of the drawing is made at: the wanted one, or a smaller one where
// the picture would be too large.
func Scale(d *svg.Drawing, wanted float64) float64 {
	_, _, used := d.Size(wanted)
	return min(used, math.Sqrt(MostPixels/(d.Bounds.Width*d.Bounds.Height)))
}

// PNG makes a picture of a drawing, [Scale] pixels for each unit, on nothing. Where the context ends
// first, its error is the answer at once; the picture is made to its end all the same and keeps its
// slot until then, because resvg takes more than twice as long when it can be interrupted.
func (r *Renderer) PNG(ctx context.Context, d *svg.Drawing, scale float64) ([]byte, error) {
	r.waiting.Add(1)
	select {
	case r.slots <- struct{}{}:
		r.waiting.Add(-1)
	case <-ctx.Done():
		r.waiting.Add(-1)
		return nil, ctx.Err()
	}
	type answer struct {
		picture []byte
		err     error
	}
	done := make(chan answer, 1)
	r.underWay.Go(func() {
		defer func() { <-r.slots }()
		picture, err := r.make(d, scale)
		done <- answer{picture, err}
	})
	select {
	case a := <-done:
		return a.picture, a.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (r *Renderer) make(d *svg.Drawing, scale float64) ([]byte, error) {
	r.once.Do(func() { r.err = r.prepare() })
	if r.err != nil {
		return nil, fmt.Errorf("load resvg: %w", r.err)
	}
	_, _, written := d.Size(1) // an SVG of a large drawing is smaller already
	picture, err := r.rasterise(context.Background(), d.SVG(1), Scale(d, scale)/written)
	if err != nil {
		return nil, fmt.Errorf("make a PNG: %w", err)
	}
	return picture, nil
}

// prepare runs once, for all pictures.
func (r *Renderer) prepare() error {
	ctx := context.Background()
	runtime, code, err := load(ctx, r.config.CacheDir, wazero.NewRuntimeConfig().WithMemoryLimitPages(memoryPages), resvgCode())
	if err != nil {
		return err
	}
	h := &host{tables: make(map[api.Module]*table)}
	if err := h.offer(ctx, runtime, code); err != nil {
		return errors.Join(err, runtime.Close(ctx))
	}
	r.runtime, r.code, r.host = runtime, code, h
	return nil
}

// options are those of resvg, in its own words.
type options struct {
	FitTo fit  `json:"fitTo"`
	Font  font `json:"font"`
}

type fit struct {
	Mode  string  `json:"mode"`
	Value float64 `json:"value"`
}

type font struct {
	LoadSystemFonts   bool   `json:"loadSystemFonts"`
	DefaultFontFamily string `json:"defaultFontFamily"`
	SansSerifFamily   string `json:"sansSerifFamily"`
}

const fontFamily = "Liberation Sans"

func (r *Renderer) rasterise(ctx context.Context, picture []byte, scale float64) (file []byte, err error) {
	ctx = experimental.WithMemoryAllocator(ctx, &r.memories)
	module, err := r.runtime.InstantiateModule(ctx, r.code, wazero.NewModuleConfig().WithName(""))
	if err != nil {
		return nil, err
	}
	objects := r.host.open(module)
	defer func() {
		r.host.close(module)
		err = errors.Join(err, module.Close(ctx))
	}()
	wanted, err := json.Marshal(options{fit{"zoom", scale}, font{DefaultFontFamily: fontFamily, SansSerifFamily: fontFamily}})
	if err != nil {
		return nil, err
	}
	c := calls{ctx: ctx, module: module, objects: objects}
	at, length := c.text(string(wanted))
	drawn := c.result("resvg_new", uint64(objects.add(string(picture))), at, length, uint64(objects.add(&array{[]any{fontFile()}})))
	rendered := c.result("resvg_render", uint64(drawn))
	width, height := int(c.call("renderedimage_width", uint64(rendered))), int(c.call("renderedimage_height", uint64(rendered)))
	pixels := uint32(c.call("renderedimage_pixels", uint64(rendered)))
	if c.err != nil {
		return nil, c.err
	}
	dots, ok := objects.take(pixels).([]byte)
	if !ok || len(dots) != 4*width*height {
		return nil, errors.New("resvg gave no picture")
	}
	return encodePNG(dots, width, height) // resvg's own takes longer than to draw
}

// calls makes one call into resvg after the other until one fails.
type calls struct {
	ctx     context.Context
	module  api.Module
	objects *table
	err     error
}

func (c *calls) call(name string, args ...uint64) uint64 {
	if c.err != nil {
		return 0
	}
	f := c.module.ExportedFunction(name)
	if f == nil {
		c.err = fmt.Errorf("resvg has no %s", name)
		return 0
	}
	results, err := f.Call(c.ctx, args...)
	switch {
	case err != nil:
		c.err = fmt.Errorf("%s: %w", name, err)
	case len(results) > 0:
		return results[0]
	}
	return 0
}

// text hands a text over; the callee frees it.
func (c *calls) text(s string) (at, length uint64) {
	at = c.call("__wbindgen_malloc", uint64(len(s)), 1)
	if c.err == nil && !c.module.Memory().WriteString(uint32(at), s) {
		c.err = errors.New("resvg has no room for a text")
	}
	return at, uint64(len(s))
}

// result calls a function that writes its result, its error and whether it is one to the stack.
func (c *calls) result(name string, args ...uint64) uint32 {
	minus16 := uint64(math.MaxUint32 - 15)
	stack := c.call("__wbindgen_add_to_stack_pointer", minus16)
	c.call(name, append([]uint64{stack}, args...)...)
	if c.err != nil {
		return 0
	}
	words, ok := c.module.Memory().Read(uint32(stack), 12)
	if !ok {
		c.err = errors.New("resvg's stack is gone")
		return 0
	}
	value, fault, failed := binary.LittleEndian.Uint32(words), binary.LittleEndian.Uint32(words[4:]), binary.LittleEndian.Uint32(words[8:])
	c.call("__wbindgen_add_to_stack_pointer", 16)
	if failed != 0 {
		c.err = fmt.Errorf("%s: %v", name, c.objects.take(fault))
		return 0
	}
	return value
}
