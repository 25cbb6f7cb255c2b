package render

// Assets gives what the program carries, by the name of the packed file.
func Assets() map[string][]byte {
	return map[string][]byte{"resvg.wasm.zst": resvgCode(), "LiberationSans-Regular.ttf.zst": fontFile()}
}
