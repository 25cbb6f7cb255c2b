//go:build race

package bpmn_test

// raceEnabled says that times mean nothing.
const raceEnabled = true
