package ci

import (
	"os"
	"path/filepath"
	"testing"

	sitter "github.com/smacker/go-tree-sitter"
	"github.com/smacker/go-tree-sitter/groovy"
)

// Jenkins itself checks a pipeline only on a server that runs. What can be said without one is that it is Groovy.
func TestJenkinsfileIsGroovy(t *testing.T) {
	src, err := os.ReadFile(filepath.Join(examples, "jenkins", "Jenkinsfile"))
	if err != nil {
		t.Fatal(err)
	}
	if at, ok := parsed(t, src); !ok {
		t.Errorf("line %d cannot be read", at)
	}
	cut := src[:len(src)*2/3] // a check that cannot fail is none
	if _, ok := parsed(t, cut); ok {
		t.Error("half a pipeline passes for a whole one")
	}
}

// parsed says whether all of it is Groovy, and else which line is not.
func parsed(t *testing.T, src []byte) (line uint32, ok bool) {
	p := sitter.NewParser()
	p.SetLanguage(groovy.GetLanguage())
	tree, err := p.ParseCtx(t.Context(), nil, src)
	if err != nil {
		t.Fatal(err)
	}
	defer tree.Close()
	nodes := sitter.NewIterator(tree.RootNode(), sitter.DFSMode)
	for n, err := nodes.Next(); err == nil; n, err = nodes.Next() {
		if n.IsError() || n.IsMissing() {
			return n.StartPoint().Row + 1, false
		}
	}
	return 0, !tree.RootNode().HasError()
}
