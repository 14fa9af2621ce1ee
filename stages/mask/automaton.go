package mask

// automaton finds any of its words in a text, in one pass. It is a trie whose
// nodes know where to go on when the next byte does not fit: at the longest
// other beginning of a word that ends here, too.
type automaton struct {
	nodes []node
	first [256]int32 // the children of the root
	// pairs has a bit for each two bytes that a word begins with: most of a log is
	// looked up here only.
	pairs [1 << 16 / 64]uint64
}

const root = int32(0)

type node struct {
	child, sibling int32 // 0 for none
	fail           int32
	depth          int32
	ends           int32 // the length of the longest word that ends here, 0 for none
	byte           byte
}

func newAutomaton() *automaton { return &automaton{nodes: make([]node, 1)} }

// add takes a word of two bytes at least.
func (a *automaton) add(word string) {
	pair := uint(word[0])<<8 | uint(word[1])
	a.pairs[pair/64] |= 1 << (pair % 64)
	at := root
	for i := range len(word) {
		next := a.child(at, word[i])
		if next == root {
			next = int32(len(a.nodes))
			a.nodes = append(a.nodes, node{sibling: a.nodes[at].child, depth: int32(i + 1), byte: word[i]})
			a.nodes[at].child = next
			if at == root {
				a.first[word[i]] = next
			}
		}
		at = next
	}
	a.nodes[at].ends = int32(len(word))
}

// child returns root if there is none.
func (a *automaton) child(at int32, b byte) int32 {
	if at == root {
		return a.first[b]
	}
	for next := a.nodes[at].child; next != root; next = a.nodes[next].sibling {
		if a.nodes[next].byte == b {
			return next
		}
	}
	return root
}

// link sets where each node goes on, after the last word was added: breadth
// first, since a node's way leads to nodes that are nearer to the root.
func (a *automaton) link() {
	queue := []int32{root}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		for next := a.nodes[at].child; next != root; next = a.nodes[next].sibling {
			n := &a.nodes[next]
			if at != root {
				n.fail = a.next(a.nodes[at].fail, n.byte)
			}
			if n.ends == 0 {
				n.ends = a.nodes[n.fail].ends
			}
			queue = append(queue, next)
		}
	}
}

// next is where the automaton stands after one more byte.
func (a *automaton) next(at int32, b byte) int32 {
	for {
		if next := a.child(at, b); next != root || at == root {
			return next
		}
		at = a.nodes[at].fail
	}
}

// harmless counts the bytes before the first that may begin a word.
func (a *automaton) harmless(p []byte) int {
	if len(p) == 0 {
		return 0
	}
	end := len(p) - 1
	for i := range end {
		pair := uint(p[i])<<8 | uint(p[i+1])
		if a.pairs[pair/64]&(1<<(pair%64)) != 0 {
			return i
		}
	}
	if a.first[p[end]] != root {
		return end
	}
	return len(p)
}
