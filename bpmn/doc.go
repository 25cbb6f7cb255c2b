// Package bpmn reads, checks, compares and merges BPMN 2.0 documents without
// losing a byte of them.
package bpmn
