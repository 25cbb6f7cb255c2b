package cache

import (
	"bytes"
	"encoding/json"
	"testing"

	"laneway/internal/material"
)

// BenchmarkPack packs and unpacks what is kept of the documents of the corpus that have 5 to 60 kB, one answer each time.
// cpu-µs/op is processor time, and % what is left of an answer.
func BenchmarkPack(b *testing.B) {
	coder, err := newCoder()
	if err != nil {
		b.Fatal(err)
	}
	var answers, packed [][]byte
	plainBytes, packedBytes := 0, 0
	for _, file := range material.Corpus(b) {
		if len(file.Content) < 5<<10 || len(file.Content) > 60<<10 {
			continue
		}
		var written bytes.Buffer
		e := json.NewEncoder(&written)
		e.SetEscapeHTML(false)
		if err := e.Encode(string(file.Content)); err != nil {
			b.Fatal(err)
		}
		answer := written.Bytes()
		z := coder.pack(answer)
		answers, packed = append(answers, answer), append(packed, z)
		plainBytes, packedBytes = plainBytes+len(answer), packedBytes+len(z)
	}
	for name, one := range map[string]func(n int){
		"pack": func(n int) { coder.pack(answers[n]) },
		"unpack": func(n int) {
			s := coder.borrow()
			if s.b, err = coder.unpack(packed[n], s.b); err != nil {
				b.Error(err)
			}
			coder.giveBack(s)
		},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			begun := material.CPUTime()
			for n := 0; b.Loop(); n++ {
				one(n % len(answers))
			}
			b.ReportMetric(float64((material.CPUTime()-begun).Nanoseconds())/1000/float64(b.N), "cpu-µs/op")
			b.ReportMetric(float64(plainBytes)/float64(len(answers)), "B/answer")
			b.ReportMetric(float64(packedBytes)/float64(plainBytes)*100, "%")
		})
	}
}
