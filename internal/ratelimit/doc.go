// Package ratelimit counts requests in exact sliding windows and says which one is too many.
//
// A window belongs to a class and a key: "write" of one person, "sign-in" of one address. A request is
// let in when fewer than the class's limit were let in during the time before it that the class names;
// at no moment do more than that many fall into any stretch of that length. Requests that were refused
// do not count, so that a client which keeps trying is let in again as early as one that waits.
//
// Windows are kept in memory, with the moments of what was let in and nothing else. They are bounded:
// idle ones are dropped, and when there are more than [Limiter] holds, strangers share one window for
// each class, so that a flood from many addresses limits itself and nobody else.
//
// Servers that share a Redis ([NewShared]) share the windows: one call of a script, which takes the time from
// Redis, decides and counts. It gives the same answers as the memory. While Redis fails, each server
// counts by itself; a request waits for it 50 ms at most, and only those that find out that it fails.
//
// A Limiter is safe for use by several goroutines.
package ratelimit
