package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/klauspost/compress/zstd"
)

// client asks over one connection of its own, as a browser does that keeps it. It is not safe for concurrent use.
//
// The requests are written by hand, and no goroutines stand between them and the connection: a driver that shares the
// processors with the server must take as little of them as it can.
type client struct {
	address string
	unpack  *zstd.Decoder // shared
	conn    net.Conn
	reader  *bufio.Reader
	buffer  []byte // of the request
	content bytes.Buffer
	plain   []byte
}

// answer is what came back, the content packed as browsers take it.
type answer struct {
	status  int
	header  http.Header
	content []byte
}

// send makes a request and reads the whole answer, whose content is good until the next one. headers is one line, or empty.
func (c *client) send(ctx context.Context, method, path, headers string, body []byte) (answer, error) {
	if err := c.connect(ctx); err != nil {
		return answer{}, err
	}
	b := append(c.buffer[:0], method...)
	b = append(append(append(b, ' '), path...), " HTTP/1.1\r\nHost: "...)
	b = append(append(b, c.address...), "\r\nAccept-Encoding: gzip, deflate, br, zstd\r\n"...)
	if headers != "" {
		b = append(append(b, headers...), "\r\n"...)
	}
	if body != nil {
		b = append(b, "Content-Type: application/json\r\nContent-Length: "...)
		b = append(strconv.AppendInt(b, int64(len(body)), 10), "\r\n"...)
	}
	c.buffer = append(append(b, "\r\n"...), body...)
	a, last, err := c.exchange()
	if err != nil || last {
		c.close()
	}
	return a, err
}

func (c *client) connect(ctx context.Context) error {
	if c.conn != nil {
		return nil
	}
	conn, err := (&net.Dialer{Timeout: 10 * time.Second}).DialContext(ctx, "tcp", c.address)
	if err != nil {
		return err
	}
	c.conn, c.reader = conn, bufio.NewReader(conn)
	// The end of the crowd's time ends what is under way.
	context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	return nil
}

// exchange sends what is in the buffer and reads what comes back; last tells that the server ends the connection.
func (c *client) exchange() (a answer, last bool, err error) {
	if _, err := c.conn.Write(c.buffer); err != nil {
		return answer{}, true, err
	}
	response, err := http.ReadResponse(c.reader, nil)
	if err != nil {
		return answer{}, true, err
	}
	defer func() { err = errors.Join(err, response.Body.Close()) }()
	c.content.Reset()
	_, err = c.content.ReadFrom(response.Body)
	return answer{response.StatusCode, response.Header, c.content.Bytes()}, response.Close, err
}

// text unpacks the content, for who wants to read it. A crowd does that on machines of its own.
func (c *client) text(a answer) ([]byte, error) {
	switch encoding := a.header.Get("Content-Encoding"); encoding {
	case "":
		return a.content, nil
	case "zstd":
		plain, err := c.unpack.DecodeAll(a.content, c.plain[:0])
		c.plain = plain
		return plain, err
	default:
		return nil, fmt.Errorf("an answer in %s, where zstd was asked for", encoding)
	}
}

func (c *client) close() {
	if c.conn != nil {
		_ = c.conn.Close()
		c.conn = nil
	}
}
