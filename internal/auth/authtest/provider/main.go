// Command provider serves the service of package authtest for the browser tests: it prints its address
// and ends with its standard input, so that it never outlives who started it.
package main

import (
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"time"

	"laneway/internal/auth/authtest"
)

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	p := authtest.New("http://" + listener.Addr().String())
	for name, verified := range map[string]bool{"ada": true, "grace": true, "mallory": false} {
		p.People[name] = authtest.Object{"sub": "id-of-" + name, "name": map[string]string{
			"ada": "Ada Berg", "grace": "Grace Haven", "mallory": "Mallory Reef",
		}[name], "email": name + "@harbour.test", "email_verified": verified}
	}
	server := &http.Server{Handler: p, ReadHeaderTimeout: 5 * time.Second}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		_ = server.Close()
	}()
	fmt.Printf("Harbour ID is at %s\n", p.Issuer)
	if err := server.Serve(listener); err != nil && err != http.ErrServerClosed {
		log.Fatal(err)
	}
}
