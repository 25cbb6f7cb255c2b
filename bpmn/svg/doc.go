// Package svg draws BPMN documents as SVG, without a browser.
package svg
