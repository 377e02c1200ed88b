// Command ferretdb serves the MongoDB wire protocol from an SQLite folder, for the cluster tests.
//
//	ferretdb 127.0.0.1:0 file:/tmp/folder/
//
// It prints its address once it listens and ends on SIGTERM, SIGINT, or when its standard input is closed.
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"syscall"

	"github.com/FerretDB/FerretDB/ferretdb"
)

func main() {
	if len(os.Args) != 3 {
		log.Fatal("usage: ferretdb ADDRESS SQLITE_URL (a folder, ending with /)")
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	server, err := ferretdb.New(&ferretdb.Config{
		Listener:  ferretdb.ListenerConfig{TCP: os.Args[1]},
		Handler:   "sqlite",
		SQLiteURL: os.Args[2],
	})
	if err != nil {
		log.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- server.Run(ctx) }()
	// The address is known only after the listener is there.
	fmt.Println(server.MongoDBURI())
	go func() {
		// A test that was killed takes its server with it.
		_, _ = io.Copy(io.Discard, os.Stdin)
		stop()
	}()
	if err := <-done; err != nil && ctx.Err() == nil {
		log.Fatal(err)
	}
}
