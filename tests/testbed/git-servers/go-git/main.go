// A Git server of go-git: `go-git-server FOLDER FILE`, with `user:token` in FILE.
//
// It serves the bare repositories below FOLDER over http on a port of its own choice, which it prints. A file `protected` in a
// repository is the reason for which every push there is refused.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/go-git/go-billy/v6/osfs"
	"github.com/go-git/go-git/v6/backend"
	"github.com/go-git/go-git/v6/plumbing/transport"
)

func main() {
	folder := os.Args[1]
	line, err := os.ReadFile(os.Args[2])
	if err != nil {
		panic(err)
	}
	user, token, _ := strings.Cut(strings.TrimSpace(string(line)), ":")
	loader := transport.NewFilesystemLoader(osfs.New(folder), false)
	git := backend.New(loader)
	serve := func(w http.ResponseWriter, r *http.Request) {
		name, password, ok := r.BasicAuth()
		if !ok || name != user || password != token {
			w.Header().Set("WWW-Authenticate", `Basic realm="go-git"`)
			http.Error(w, "sign in first", http.StatusUnauthorized)
			return
		}
		repository, isPush := strings.CutSuffix(r.URL.Path, "/git-receive-pack")
		reason, err := os.ReadFile(filepath.Join(folder, filepath.Clean(repository), "protected"))
		if isPush && err == nil {
			refuse(loader, repository, strings.TrimSpace(string(reason)), w, r)
			return
		}
		git.ServeHTTP(w, r)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	panic(http.Serve(listener, http.HandlerFunc(serve)))
}

// The backend hands no hooks on, so a guarded repository is served one layer below it.
func refuse(loader transport.Loader, repository, reason string, w http.ResponseWriter, r *http.Request) {
	url, err := transport.ParseURL(strings.TrimPrefix(repository, "/"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	storer, err := loader.Load(url)
	if err != nil {
		http.Error(w, err.Error(), http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", "application/x-git-receive-pack-result")
	_ = transport.ReceivePack(r.Context(), storer, r.Body, response{w}, &transport.ReceivePackRequest{
		StatelessRPC: true,
		Hooks: transport.ReceivePackHooks{
			PreReceive: func(_ context.Context, info *transport.PreReceiveInfo) error {
				_, _ = io.WriteString(info.Progress, "this branch is guarded\n")
				return errors.New(reason)
			},
		},
	})
}

type response struct{ http.ResponseWriter }

func (response) Close() error { return nil }
