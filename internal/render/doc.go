// Package render makes files of drawings: PNG, by resvg as WebAssembly inside of the program, and
// PDF with vectors and real text. Both set labels in Liberation Sans, which has the metrics of Arial
// and comes with the program; characters that it does not have (those of East Asia, emoji) are empty
// boxes.
//
// A [Renderer] makes PNG. It is safe for concurrent use and bounded: at most two pictures at once,
// each in an instance of its own with 512 MiB of memory at most, which has no access to files, the
// network or the clock, and of 33 million pixels at most,
// so that it ends within seconds. The first picture waits until the WebAssembly is compiled, some
// seconds; [Config.CacheDir] keeps the result for the next start.
//
// [PDF] needs nothing of that.
package render
