// Package laneway holds the words and rules of the product: organizations, their members and
// plans, diagrams and their versions, events, sessions, and the closed list of errors.
//
// It imports the standard library only and does no I/O, so every rule here is a pure function
// that a test can call. The layers around it use the same nouns: store keeps them, platform
// decides what may happen to them, httpapi speaks of them over HTTP.
package laneway
