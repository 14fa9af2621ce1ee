package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// forkCommand leaves a child behind that holds its output open.
func forkCommand(args []string, out io.Writer) error {
	return leave(args, out, &syscall.SysProcAttr{})
}

// daemonCommand leaves a child behind that belongs to no process group of its parent.
func daemonCommand(args []string, out io.Writer) error {
	return leave(args, out, ownSession())
}

func leave(args []string, out io.Writer, how *syscall.SysProcAttr) error {
	if _, err := number(args, 0); err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	child := exec.CommandContext(context.Background(), self, "sleep", args[0])
	child.Stdout, child.Stderr, child.SysProcAttr = os.Stdout, os.Stderr, how
	if err := child.Start(); err != nil {
		return err
	}
	fmt.Fprintf(out, "child %d sleeps\n", child.Process.Pid)
	return nil
}

func sayCommand(args []string, out io.Writer) error {
	if len(args) != 2 {
		return fmt.Errorf("%w: it takes two texts", errUsage)
	}
	fmt.Fprintln(out, args[0])
	fmt.Fprintln(os.Stderr, args[1])
	return nil
}

// termCommand shows how it is ended: gently, or, if it takes no hint, not.
func termCommand(args []string, out io.Writer) error {
	seconds, err := number(args, 0)
	if err != nil {
		return err
	}
	code, err := number(args, 1)
	if err != nil {
		return err
	}
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, syscall.SIGTERM)
	fmt.Fprintln(out, "waiting")
	over := time.After(time.Duration(seconds) * time.Second)
	for {
		select {
		case <-over:
			return nil
		case <-asked:
			fmt.Fprintln(out, "asked to end")
			if code != 0 {
				return exitError(code)
			}
		}
	}
}

func hogCommand(args []string, out io.Writer) error {
	size, err := number(args, 0)
	if err != nil {
		return err
	}
	const piece = 1 << 20
	var held [][]byte
	for taken := 0; taken < size; taken += piece {
		block := make([]byte, piece)
		for i := 0; i < piece; i += 4096 {
			block[i] = 1 // else it is only promised
		}
		held = append(held, block)
	}
	time.Sleep(time.Second) // long enough to be looked at
	fmt.Fprintf(out, "%d MiB\n", len(held))
	return nil
}

func burnCommand(args []string, out io.Writer) error {
	if len(args) != 1 {
		return fmt.Errorf("%w: it takes one number", errUsage)
	}
	seconds, err := strconv.ParseFloat(args[0], 64)
	if err != nil {
		return fmt.Errorf("%w: %q is not a number", errUsage, args[0])
	}
	turns := 0
	for end := time.Now().Add(time.Duration(seconds * float64(time.Second))); time.Now().Before(end); {
		turns++
	}
	fmt.Fprintf(out, "%d turns\n", turns)
	return nil
}

// specialCommand makes what a stage should not leave as an output, or rarely does.
func specialCommand(args []string, _ io.Writer) error {
	if len(args) != 2 {
		return fmt.Errorf("%w: it takes a kind and a path", errUsage)
	}
	path := args[1]
	switch args[0] {
	case "link":
		return os.Symlink("/etc/passwd", path)
	case "dangling":
		return os.Symlink("../../nowhere", path)
	case "fifo":
		return makePipe(path)
	case "socket":
		listener, err := new(net.ListenConfig).Listen(context.Background(), "unix", path)
		if err != nil {
			return err
		}
		listener.(*net.UnixListener).SetUnlinkOnClose(false)
		return listener.Close()
	case "names":
		return oddNames(path)
	case "many":
		return manyFiles(path)
	default:
		return fmt.Errorf("%w: there is no kind %q", errUsage, args[0])
	}
}

// oddNames makes files whose names somebody will not expect.
func oddNames(dir string) error {
	for _, name := range []string{"new\nline", `quo"te'`, "not\xffutf8", "ünïcode €", "-dash", "back\\slash"} {
		if err := writeFile(filepath.Join(dir, name), []byte(name)); err != nil {
			return err
		}
	}
	return nil
}

func manyFiles(dir string) error {
	for i := range 3000 {
		name := filepath.Join(dir, strconv.Itoa(i/1000), strconv.Itoa(i))
		if i%1000 == 0 {
			if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
				return err
			}
		}
		if err := os.WriteFile(name, []byte(strconv.Itoa(i)), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// serveCommand answers every connection with its environment's GREETING.
func serveCommand(args []string, out io.Writer) error {
	if len(args) == 0 {
		return fmt.Errorf("%w: it takes an address", errUsage)
	}
	var times [2]time.Duration // until it serves; how long it does, 0 for ever
	for i := range times {
		if len(args) > i+1 {
			seconds, err := number(args, i+1)
			if err != nil {
				return err
			}
			times[i] = time.Duration(seconds) * time.Second
		}
	}
	fmt.Fprintln(out, "starting")
	time.Sleep(times[0])
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", args[0])
	if err != nil {
		return err
	}
	if times[1] > 0 {
		time.AfterFunc(times[1], func() { listener.Close() })
	}
	fmt.Fprintln(out, "serving")
	for {
		conn, err := listener.Accept()
		if err != nil {
			return err
		}
		fmt.Fprintln(conn, "hello "+os.Getenv("GREETING"))
		conn.Close()
	}
}

func getCommand(args []string, out io.Writer) error {
	if len(args) != 1 {
		return fmt.Errorf("%w: it takes an address", errUsage)
	}
	dialer := net.Dialer{Timeout: 5 * time.Second}
	conn, err := dialer.DialContext(context.Background(), "tcp", args[0])
	if err != nil {
		return err
	}
	defer conn.Close()
	_, err = io.Copy(out, conn)
	return err
}
