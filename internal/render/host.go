package render

import (
	"context"
	"fmt"
	"sync"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

// host is what resvg, which was made to run beside JavaScript, finds around itself: functions that
// make and read JavaScript's values. A value is handed over as its place in a table; each instance
// has its own.
type host struct {
	mu     sync.Mutex
	tables map[api.Module]*table
}

func (h *host) open(m api.Module) *table {
	t := newTable(m)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.tables[m] = t
	return t
}

func (h *host) close(m api.Module) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.tables, m)
}

func (h *host) of(m api.Module) *table {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.tables[m]
}

// The values that resvg makes or gets: strings, []byte (an array of bytes of its own), and these.
type (
	memory   struct{}                    // the memory of the instance, and its buffer
	view     struct{ at, length uint32 } // an array of bytes in that memory
	array    struct{ items []any }       // an array of anything
	iterator struct{ left []any }        // over an array
	step     struct {
		value any
		done  bool
	} // of an iterator
	fault struct{ text string } // an error
)

func (f fault) String() string { return f.text }

// table holds the values of an instance. The places below 132 are taken: those from 128 on have
// undefined, null, true and false.
type table struct {
	module api.Module
	values []any
	free   []uint32
}

const firstFree = 132

func newTable(m api.Module) *table {
	t := &table{module: m, values: make([]any, firstFree, firstFree+32)}
	t.values[130], t.values[131] = true, false
	return t
}

func (t *table) add(v any) uint32 {
	if n := len(t.free); n > 0 {
		at := t.free[n-1]
		t.free = t.free[:n-1]
		t.values[at] = v
		return at
	}
	t.values = append(t.values, v)
	return uint32(len(t.values) - 1)
}

func (t *table) get(at uint32) any {
	if at >= uint32(len(t.values)) {
		return nil
	}
	return t.values[at]
}

func (t *table) take(at uint32) any {
	v := t.get(at)
	if at >= firstFree && at < uint32(len(t.values)) {
		t.values[at] = nil
		t.free = append(t.free, at)
	}
	return v
}

// bytes reads an array of bytes, wherever it is; nil when it is none. It may be a window into the
// memory.
func (t *table) bytes(v any) []byte {
	switch v := v.(type) {
	case []byte:
		return v
	case view:
		b, _ := t.module.Memory().Read(v.at, v.length)
		return b
	}
	return nil
}

func (t *table) text(at, length uint32) string {
	b, _ := t.module.Memory().Read(at, length)
	return string(b)
}

// thrown ends a call into the instance. It never leaves the package: wazero turns it into an error.
func thrown(text string) { panic(fault{text}) }

// hostFunction gets the table and the arguments as 32-bit numbers, and gives a result where the
// import has one.
type hostFunction func(ctx context.Context, t *table, args []uint32) uint32

// hostFunctions are all that resvg 2.6.2 imports, by name without its hash.
var hostFunctions = map[string]hostFunction{
	"__wbg_new_28c511d9baebfa89": func(_ context.Context, t *table, a []uint32) uint32 { return t.add(fault{t.text(a[0], a[1])}) },
	"__wbindgen_memory":          func(_ context.Context, t *table, _ []uint32) uint32 { return t.add(memory{}) },
	"__wbg_buffer_12d079cc21e14bdb": func(_ context.Context, t *table, a []uint32) uint32 {
		return t.add(t.get(a[0]))
	},
	"__wbg_newwithbyteoffsetandlength_aa4a17c33a06e5cb": func(_ context.Context, t *table, a []uint32) uint32 {
		return t.add(view{a[1], a[2]})
	},
	"__wbindgen_object_drop_ref": func(_ context.Context, t *table, a []uint32) uint32 {
		t.take(a[0])
		return 0
	},
	"__wbg_new_63b92bc8671ed464": func(_ context.Context, t *table, a []uint32) uint32 {
		if _, whole := t.get(a[0]).(memory); whole {
			return t.add(view{0, t.module.Memory().Size()})
		}
		return t.add(append([]byte{}, t.bytes(t.get(a[0]))...))
	},
	"__wbg_values_839f3396d5aac002": func(_ context.Context, t *table, a []uint32) uint32 {
		list, _ := t.get(a[0]).(*array)
		if list == nil {
			return t.add(&iterator{})
		}
		return t.add(&iterator{list.items})
	},
	"__wbg_next_196c84450b364254": func(_ context.Context, t *table, a []uint32) uint32 {
		i, _ := t.get(a[0]).(*iterator)
		if i == nil || len(i.left) == 0 {
			return t.add(step{done: true})
		}
		first := i.left[0]
		i.left = i.left[1:]
		return t.add(step{value: first})
	},
	"__wbg_done_298b57d23c0fc80c": func(_ context.Context, t *table, a []uint32) uint32 {
		s, _ := t.get(a[0]).(step)
		return flag(s.done)
	},
	"__wbg_value_d93c65011f51a456": func(_ context.Context, t *table, a []uint32) uint32 {
		s, _ := t.get(a[0]).(step)
		return t.add(s.value)
	},
	"__wbg_instanceof_Uint8Array_2b3bbecd033d19f6": func(_ context.Context, t *table, a []uint32) uint32 {
		switch t.get(a[0]).(type) {
		case []byte, view:
			return 1
		}
		return 0
	},
	"__wbindgen_string_get": func(ctx context.Context, t *table, a []uint32) uint32 {
		var at, length uint32
		if s, is := t.get(a[1]).(string); is {
			c := calls{ctx: ctx, module: t.module, objects: t}
			place, n := c.text(s)
			if c.err != nil {
				thrown(c.err.Error())
			}
			at, length = uint32(place), uint32(n)
		}
		t.module.Memory().WriteUint32Le(a[0], at)
		t.module.Memory().WriteUint32Le(a[0]+4, length)
		return 0
	},
	"__wbg_new_16b304a2cfa7ff4a": func(_ context.Context, t *table, _ []uint32) uint32 { return t.add(&array{}) },
	"__wbindgen_string_new":      func(_ context.Context, t *table, a []uint32) uint32 { return t.add(t.text(a[0], a[1])) },
	"__wbg_push_a5b05aedc7234f9f": func(_ context.Context, t *table, a []uint32) uint32 {
		list, _ := t.get(a[0]).(*array)
		if list == nil {
			return 0
		}
		list.items = append(list.items, t.get(a[1]))
		return uint32(len(list.items))
	},
	"__wbg_length_c20a40f15020d68a": func(_ context.Context, t *table, a []uint32) uint32 {
		return uint32(len(t.bytes(t.get(a[0]))))
	},
	"__wbg_set_a47bac70306a19a7": func(_ context.Context, t *table, a []uint32) uint32 {
		if into := t.bytes(t.get(a[0])); uint64(a[2]) <= uint64(len(into)) {
			copy(into[a[2]:], t.bytes(t.get(a[1])))
		}
		return 0
	},
	"__wbindgen_throw": func(_ context.Context, t *table, a []uint32) uint32 {
		thrown(t.text(a[0], a[1]))
		return 0
	},
}

func flag(v bool) uint32 {
	if v {
		return 1
	}
	return 0
}

// offer puts the functions where the code looks for them. It fails when the code imports another
// one: then it is of another version.
func (h *host) offer(ctx context.Context, runtime wazero.Runtime, code wazero.CompiledModule) error {
	const name = "wbg"
	builder := runtime.NewHostModuleBuilder(name)
	for _, imported := range code.ImportedFunctions() {
		from, function, _ := imported.Import()
		run := hostFunctions[function]
		if from != name || run == nil {
			return fmt.Errorf("it imports %s.%s, which is not known here", from, function)
		}
		builder.NewFunctionBuilder().WithGoModuleFunction(api.GoModuleFunc(func(ctx context.Context, m api.Module, stack []uint64) {
			args := make([]uint32, len(imported.ParamTypes()))
			for i := range args {
				args[i] = api.DecodeU32(stack[i])
			}
			t := h.of(m)
			if t == nil {
				thrown("an instance without a table")
			}
			result := run(ctx, t, args)
			if len(imported.ResultTypes()) > 0 {
				stack[0] = api.EncodeU32(result)
			}
		}), imported.ParamTypes(), imported.ResultTypes()).Export(function)
	}
	_, err := builder.Instantiate(ctx)
	return err
}
