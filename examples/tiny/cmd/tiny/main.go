// Command tiny is the whole pipeline of examples/tiny in one static binary,
// for an image that holds nothing else: data, prepare, train and evaluate. Files
// go in and come out by name, the same bytes every time. Its other commands
// misbehave on request, and show what a stage can see: the tests of muster's
// executors use them.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
)

const usage = `usage: tiny COMMAND

The pipeline:
  data [-rows N] [-seed N] -out FILE
  prepare -in FILE -train FILE -test FILE
  train -in FILE -params FILE -out FILE
  evaluate -in FILE -model FILE -predictions FILE -metrics FILE

To try what runs it:
  sleep SECONDS [CODE]  sleep, and exit with this code
  fail CODE             exit with this code
  env [PATH...]         show who it is and what it may do, with these paths too
  spam BYTES [WIDTH]    print so much, in lines of this width (0: one line)
  write FILE TEXT       write a file
  cat FILE...           print files
  fork SECONDS          leave a child that sleeps, and exit
  daemon SECONDS        leave a child in a session of its own that sleeps, and exit
  say OUT ERR           print one text to stdout and one to stderr
  term SECONDS CODE     sleep; asked to end, say so and exit with this code (0: do not end)
  hog BYTES             take so much memory
  burn SECONDS          keep one core busy
  special KIND PATH     make what is no plain file: link, dangling, fifo, socket, names, many
  serve ADDRESS [WAIT [LIFE]]  answer connections after WAIT seconds, for LIFE seconds
  get ADDRESS           print what a server answers
`

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// exitError ends the program with a code of its own.
type exitError int

func (e exitError) Error() string { return fmt.Sprintf("exit %d", int(e)) }

// errUsage says that the command line was wrong.
var errUsage = errors.New("wrong usage")

type command struct {
	name string
	run  func(args []string, out io.Writer) error
}

func commands() []command {
	return []command{
		{"data", dataCommand},
		{"prepare", prepareCommand},
		{"train", trainCommand},
		{"evaluate", evaluateCommand},
		{"sleep", sleepCommand},
		{"fail", failCommand},
		{"env", envCommand},
		{"spam", spamCommand},
		{"write", writeCommand},
		{"cat", catCommand},
		{"fork", forkCommand},
		{"daemon", daemonCommand},
		{"say", sayCommand},
		{"term", termCommand},
		{"hog", hogCommand},
		{"burn", burnCommand},
		{"special", specialCommand},
		{"serve", serveCommand},
		{"get", getCommand},
	}
}

// run executes one command and returns the exit code.
func run(args []string, out, errOut io.Writer) int {
	if len(args) == 0 {
		fmt.Fprint(errOut, usage)
		return 2
	}
	all := commands()
	at := slices.IndexFunc(all, func(c command) bool { return c.name == args[0] })
	if at < 0 {
		fmt.Fprintf(errOut, "tiny: there is no command %s\n%s", args[0], usage)
		return 2
	}
	err := all[at].run(args[1:], out)
	var exit exitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return int(exit)
	case errors.Is(err, errUsage):
		fmt.Fprintf(errOut, "tiny %s: %v\n%s", args[0], err, usage)
		return 2
	default:
		fmt.Fprintf(errOut, "tiny %s: %v\n", args[0], err)
		return 1
	}
}
