// Command load measures a Laneway as a crowd of people sees it, and writes a report.
//
// It starts the program on a database of its own, filled by `laneway seed`, and lets drivers work as
// people do: they list their organization's diagrams, open one, save it with a change every second
// time, and think for a second. So lists, opened diagrams and saves are 4 : 4 : 2, and a thousand
// people make 2,500 requests a second. A tenth is signed in with a session, as a browser is, the others
// with a token. Saves name the version that was opened and ask for a merge, so that two who save the
// same diagram at once both get through; where they changed the same place, the answer 409 is counted
// as a conflict and not as an error.
//
// There are two drivers with the same behaviour. The one in driver.go is part of this program and
// cheap, so that one machine can hold the drivers, the server and the database and still show what the
// server takes. The other is k6 with the script k6.js, which is known and trusted, and
// costs more than the server: with it, look at fewer people.
//
// Beside them stands a yardstick, the program load/bare: the least that a durable server of diagrams
// can be, on a database of its own with the same settings. Seconds of processor time differ by half from one
// hour of a shared machine to the next; what they are of those that the bare server takes differs less.
//
//	make load                        all of it, load/report.md
//	go run ./load -users 1000        the own driver alone
//	go run ./load -address URL -data DIR   against a server that runs already; with -pid PROCESS what it takes is measured, too
//
// Latencies are what the driver sees, from writing the request to the last byte of the answer, after the
// crowd has come in.
package main
