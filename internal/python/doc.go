// Package python reads Python source as a maturity score needs it: what a file
// imports, which functions it calls under their full names and with which
// literal arguments, what it defines, decorates, asserts and compares.
//
// [Read] splits a file into tokens, the tokens into logical lines, and goes
// over the lines once. It knows nothing of types beyond what a reader sees at
// a glance (x = Client() makes x a Client). Comments and strings are never
// taken for code, and what stands under "if False" or "if TYPE_CHECKING" is
// left out. Any bytes are accepted: a file that is no Python gives a module
// with nothing in it, in time linear in its size. [Notebook] does the same for
// the code cells of a Jupyter notebook.
package python
