package sandbox

import "testing"

// rules are scripts of requests against a fresh registry, by what is special
// about them.
func TestRules(t *testing.T) {
	for _, c := range []struct{ name, server, lines string }{
		{"ids are per context and per content", "8.1.1", `
			POST /subjects/a/versions {"schema":@string} -> 200 {"id":1,"version":1,"schemaType":"AVRO","schema":@string}
			POST /subjects/a/versions {"schema":@string} -> 200 {"id":1,"version":1}
			POST /subjects/b/versions {"schema":@string} -> 200 {"id":1,"version":1}
			POST /subjects/b/versions {"schema":@long} -> 200 {"id":2,"version":2}
			POST /subjects/:.c:a/versions {"schema":@long} -> 200 {"id":1}
			GET /schemas/ids/1 -> 200 {"schema":@string}
			GET /schemas/ids/1?subject=:.c: -> 200 {"schema":@long}
			GET /contexts/.c/schemas/ids/1 -> 200 {"schema":@long}
			GET /schemas/ids/2?subject=:.c: -> 404 40403
			GET /schemas/ids/x -> 404 404
			GET /schemas/ids/1/schema -> 200 "string"
			GET /subjects/a/versions/1/schema -> 200 "string"
			GET /subjects/a/versions/7/schema -> 404 40402
			# a subject without context is looked for in all of them
			POST /subjects/:.c:only/versions {"schema":@int} -> 200 {"id":2}
			GET /schemas/ids/2?subject=only -> 200 {"schema":@int}
			GET /schemas/ids/2?subject=b -> 200 {"schema":@long}
			GET /schemas/ids/2?subject=nowhere -> 200 {"schema":@long}
			DELETE /subjects/:.c:only -> 200
			GET /schemas/ids/1/versions -> 200 [{"subject":"a","version":1},{"subject":"b","version":1}]
			GET /schemas/ids/1/subjects -> 200 ["a","b"]
			GET /contexts -> 200 [".",".c"]
		`},
		{"spaces in JSON make no other schema", "8.1.1", `
			POST /subjects/a/versions {"schema":"{\"type\": \"string\"}"} -> 200 {"id":1}
			POST /subjects/b/versions {"schema":"{\"type\":\"string\"}"} -> 200 {"id":1}
			GET /subjects/b/versions/1 -> 200 {"schema":"{\"type\": \"string\"}"}
			POST /subjects/c/versions?normalize=true {"schema":"{\"type\": \"long\"}"} -> 200 {"id":2}
			GET /subjects/c/versions/1 -> 200 {"schema":"{\"type\":\"long\"}"}
		`},
		{"schemas that are not any", "8.1.1", `
			POST /subjects/a/versions {"schema":"{"} -> 422 42201
			POST /subjects/a/versions {"schema":""} -> 422 42201
			POST /subjects/a/versions {"schema":"7"} -> 422 42201
			POST /subjects/a/versions {"schema":"{","schemaType":"JSON"} -> 422 42201
			POST /subjects/a/versions {"schema":"message","schemaType":"THRIFT"} -> 422 42201
			POST /subjects/a/versions { -> 400 400
			POST /subjects/__GLOBAL/versions {"schema":@string} -> 422 42208
			POST /subjects/a%01b/versions {"schema":@string} -> 422 42208
			GET /contexts -> 200 ["."]
		`},
		{"a soft-deleted version", "8.1.1", `
			POST /subjects/a/versions {"schema":@string} -> 200 {"id":1}
			POST /subjects/a/versions {"schema":@long} -> 200 {"id":2}
			DELETE /subjects/a/versions/2?permanent=true -> 404 40407
			DELETE /subjects/a/versions/latest -> 200 2
			DELETE /subjects/a/versions/2 -> 404 40406
			DELETE /subjects/a/versions/9 -> 404 40402
			DELETE /subjects/b/versions/1 -> 404 40401
			DELETE /subjects/a/versions/x -> 422 42202
			GET /subjects/a/versions -> 200 [1]
			GET /subjects/a/versions?deleted=true -> 200 [1,2]
			GET /subjects/a/versions?deletedOnly=true -> 200 [2]
			GET /subjects/a/versions/2 -> 404 40402
			GET /subjects/a/versions/2?deleted=true -> 200 {"deleted":true,"id":2}
			GET /subjects/a/versions/latest -> 200 {"version":1}
			GET /subjects/a/versions/-1 -> 200 {"version":1}
			GET /schemas/ids/2 -> 200 {"schema":@long}
			GET /schemas/ids/2/versions -> 200 []
			GET /schemas/ids/2/versions?deleted=true -> 200 [{"version":2}]
			POST /subjects/a/versions {"schema":@long} -> 200 {"id":2,"version":3}
			DELETE /subjects/a/versions/2?permanent=true -> 200 2
			GET /subjects/a/versions?deleted=true -> 200 [1,3]
		`},
		{"a deleted subject loses mode and config for good", "8.1.1", `
			POST /subjects/a/versions {"schema":@string} -> 200 {"id":1}
			POST /subjects/a/versions {"schema":@long} -> 200 {"id":2}
			PUT /mode/a {"mode":"READWRITE"} -> 200
			PUT /config/a {"compatibility":"NONE"} -> 200
			DELETE /subjects/a?permanent=true -> 404 40405
			DELETE /subjects/a -> 200 [1,2]
			DELETE /subjects/a -> 404 40404
			DELETE /subjects/x -> 404 40401
			GET /subjects -> 200 []
			GET /subjects?deleted=true -> 200 ["a"]
			GET /subjects?deletedOnly=true -> 200 ["a"]
			GET /subjects/a/versions -> 404 40401
			GET /mode/a -> 200 {"mode":"READWRITE"}
			DELETE /subjects/a?permanent=true -> 200 [1,2]
			GET /subjects?deleted=true -> 200 []
			GET /mode/a -> 404 40409
			GET /config/a -> 404 40408
			GET /schemas/ids/1 -> 404 40403
			# ids are never given twice
			POST /subjects/a/versions {"schema":@int} -> 200 {"id":3,"version":1}
		`},
		{"references", "8.1.1", `
			POST /subjects/a/versions {"schema":@string,"references":[{"name":"b","subject":"b","version":1}]} -> 422 42201
			POST /subjects/b/versions {"schema":@long} -> 200 {"id":1}
			POST /subjects/a/versions {"schema":@string,"references":[{"name":"b","subject":"b","version":1}]} -> 200 {"id":2}
			POST /subjects/:.c:a/versions {"schema":@string,"references":[{"name":"b","subject":"b","version":1}]} -> 422 42201
			POST /subjects/:.c:a/versions {"schema":@string,"references":[{"name":"b","subject":":.:b","version":1}]} -> 200 {"id":1}
			GET /subjects/b/versions/1/referencedby -> 200 [1,2]
			DELETE /subjects/b/versions/1 -> 422 42206
			DELETE /subjects/b -> 422 42206
			DELETE /subjects/:.c:a -> 200 [1]
			DELETE /subjects/a -> 200 [1]
			GET /subjects/b/versions/1/referencedby -> 200 []
			GET /subjects/b/versions/1/referencedby?deleted=true -> 200 [1,2]
			DELETE /subjects/b -> 200 [1]
			# soft-deleted referrers do not hold a permanent delete on this version
			DELETE /subjects/b?permanent=true -> 200 [1]
		`},
		{"soft-deleted referrers count later", "8.1.2", `
			POST /subjects/b/versions {"schema":@long} -> 200 {"id":1}
			POST /subjects/a/versions {"schema":@string,"references":[{"name":"b","subject":"b","version":1}]} -> 200 {"id":2}
			DELETE /subjects/a -> 200 [1]
			DELETE /subjects/b -> 200 [1]
			DELETE /subjects/b?permanent=true -> 422 42206
			DELETE /subjects/a?permanent=true -> 200 [1]
			DELETE /subjects/b?permanent=true -> 200 [1]
		`},
		{"one version is found in another context", "8.1.1", `
			POST /subjects/:.c:x/versions {"schema":@string} -> 200 {"id":1}
			GET /subjects/x/versions/1 -> 200 {"subject":":.c:x","version":1}
			GET /subjects/:.:x/versions/1 -> 200 {"subject":":.c:x"}
			POST /subjects/x {"schema":@string} -> 200 {"subject":":.c:x"}
			GET /subjects/x/versions -> 404 40401
			GET /subjects/:.d:x/versions/1 -> 404 40401
		`},
		{"lookup", "8.1.1", `
			POST /subjects/a {"schema":@string} -> 404 40401
			POST /subjects/a/versions {"schema":@string} -> 200 {"id":1}
			POST /subjects/a {"schema":@string} -> 200 {"subject":"a","id":1,"version":1,"schema":@string}
			POST /subjects/a {"schema":@long} -> 404 40403
			DELETE /subjects/a -> 200 [1]
			POST /subjects/a {"schema":@string} -> 404 40401
			POST /subjects/a?deleted=true {"schema":@string} -> 200 {"deleted":true}
		`},
		{"odd names", "8.1.1", `
			POST /subjects/eu%2Fcard%20100%25:x%3F/versions {"schema":@string} -> 200 {"id":1}
			GET /subjects -> 200 ["eu/card 100%:x?"]
			GET /subjects/eu%2Fcard%20100%25%3Ax%3F/versions -> 200 [1]
			GET /contexts/.c%2Fd/subjects -> 200 []
		`},
		{"routes", "8.1.1", `
			GET / -> 200 {}
			GET /nowhere -> 404 404
			POST /mode {"mode":"IMPORT"} -> 405 405
			PUT /subjects -> 405 405
			GET /exporters -> 404 404
			GET /schemas/types -> 200 ["JSON","PROTOBUF","AVRO"]
			GET /v1/metadata/version -> 200 {"version":"8.1.1"}
			GET /v1/metadata/id -> 200 {"scope":{"clusters":{"kafka-cluster":"kafka-1","schema-registry-cluster":"schema-registry"}},"id":""}
			POST /compatibility/subjects/a/versions/latest {"schema":@string} -> 200 {"is_compatible":true}
			POST /compatibility/subjects/a/versions/3 {"schema":@string} -> 404 40401
		`},
		{"contexts in the path", "8.1.1", `
			POST /contexts/.c/subjects/a/versions {"schema":@string} -> 200 {"id":1}
			POST /subjects/b/versions {"schema":@string} -> 200 {"id":1}
			GET /contexts/c/subjects -> 200 [":.c:a"]
			GET /contexts/:.c:/subjects/a/versions/1 -> 200 {"subject":":.c:a"}
			GET /contexts/./subjects -> 200 ["b"]
			GET /contexts/.c/schemas -> 200 [{"subject":":.c:a"}]
			PUT /contexts/.c/mode {"mode":"READONLY"} -> 200
			GET /mode/:.c: -> 200 {"mode":"READONLY"}
			GET /contexts/./mode -> 200 {"mode":"READWRITE"}
			PUT /contexts/.c/config/a {"compatibility":"NONE"} -> 422 42205
			DELETE /contexts/.c -> 422 42211
			PUT /contexts/.c/mode {"mode":"READWRITE"} -> 200
			DELETE /subjects/:.c:a -> 200 [1]
			DELETE /contexts/.c -> 422 42211
			DELETE /subjects/:.c:a?permanent=true -> 200 [1]
			# it stays listed when empty
			GET /contexts -> 200 [".",".c"]
			GET /contexts?contextPrefix=.c -> 200 [".c"]
			DELETE /contexts/.c -> 204
			GET /contexts -> 200 ["."]
		`},
		{"an old server lacks what came later", "7.4.0", `
			DELETE /mode -> 405 405
			DELETE /contexts/.c -> 404 404
			GET /schemas/guids/x -> 404 404
			POST /subjects/a/versions {"schema":@string} -> 200 {"id":1}
			GET /subjects/a/versions/1 -> 200 {"subject":"a","version":1,"id":1,"schemaType":null,"guid":null,"ts":null,"schema":@string}
			POST /subjects/b/versions {"schema":@long} -> 200 {"id":2,"version":null}
			PUT /mode {"mode":"FORWARD"} -> 422 42204
			PUT /mode/a {"mode":null} -> 422 42204
			GET /subjects?limit=1 -> 200 ["a","b"]
		`},
		{"an alias redirects", "8.1.1", `
			POST /subjects/a/versions {"schema":@string} -> 200 {"id":1}
			PUT /config/other {"alias":"a"} -> 200
			GET /subjects/other/versions -> 200 [1]
			GET /subjects/other/versions/1 -> 200 {"subject":"a"}
			POST /subjects/other/versions {"schema":@long} -> 200 {"version":2}
			GET /subjects -> 200 ["a"]
		`},
		{"guids", "8.1.1", `
			POST /subjects/a/versions {"schema":@string} -> 200
			POST /subjects/:.c:a/versions {"schema":@long} -> 200
			POST /subjects/:.c:a/versions {"schema":@string} -> 200 {"id":2}
			GET /schemas/guids/00000000-0000-0000-0000-000000000000 -> 404 40403
		`},
		{"metadata and rules are part of a schema", "8.1.1", `
			POST /subjects/a/versions {"schema":@string,"metadata":{"properties":{"o":"x"}}} -> 200 {"id":1,"metadata":{"properties":{"o":"x"}}}
			POST /subjects/a/versions {"schema":@string} -> 200 {"id":2,"version":2}
			POST /subjects/a/versions {"schema":@string,"ruleSet":{"domainRules":[{"name":"r"}]}} -> 200 {"id":3}
		`},
		{"metadata unknown to an old server", "7.3.0", `
			POST /subjects/a/versions {"schema":@string,"metadata":{"properties":{"o":"x"}}} -> 200 {"id":1}
			POST /subjects/a/versions {"schema":@string} -> 200 {"id":1}
			GET /subjects/a/versions/1 -> 200 {"metadata":null}
		`},
	} {
		t.Run(c.name, func(t *testing.T) {
			script(t, newRegistry(t, Options{Server: c.server, ClusterID: "kafka-1"}), c.lines)
		})
	}
}
