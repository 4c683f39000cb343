package render

import (
	"strconv"

	"sigs.k8s.io/yaml"
)

// CellMap is the ConfigMap that has the name of each index's cell in a file of the index's name: a pod knows its index only.
func (j *Job) CellMap() (string, error) {
	data := make(map[string]string, len(j.Cells))
	for i, name := range j.Cells {
		data[strconv.Itoa(i)] = name
	}
	raw, err := yaml.Marshal(map[string]any{
		"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": j.Name + "-cells"}, "data": data,
	})
	return string(raw), err
}
