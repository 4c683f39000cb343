package sandbox

import "testing"

func TestModes(t *testing.T) {
	for _, c := range []struct{ name, server, lines string }{
		{"inheritance", "8.1.1", `
			GET /mode -> 200 {"mode":"READWRITE"}
			GET /mode/a -> 404 40409
			GET /mode/:.c: -> 404 40409
			GET /mode/:.__GLOBAL: -> 200 {"mode":"READWRITE"}
			PUT /mode/:.__GLOBAL: {"mode":"READONLY"} -> 200 {"mode":"READONLY"}
			GET /mode/:.c:a?defaultToGlobal=true -> 200 {"mode":"READONLY"}
			PUT /mode/:.c: {"mode":"import"} -> 200 {"mode":"import"}
			GET /mode/:.c: -> 200 {"mode":"IMPORT"}
			GET /mode/:.c:a?defaultToGlobal=true -> 200 {"mode":"IMPORT"}
			PUT /mode/:.c:a {"mode":"READWRITE"} -> 200
			GET /mode/:.c:a?defaultToGlobal=true -> 200 {"mode":"READWRITE"}
			PUT /mode {"mode":"IMPORT"} -> 200
			GET /mode/a?defaultToGlobal=true -> 200 {"mode":"IMPORT"}
			GET /mode/:.d:a?defaultToGlobal=true -> 200 {"mode":"READONLY"}
			GET /mode/:.: -> 200 {"mode":"IMPORT"}
		`},
		{"the global mode is not that of contexts", "7.6.2", `
			PUT /mode {"mode":"READONLY"} -> 200
			POST /subjects/a/versions {"schema":@string} -> 422 42205
			POST /subjects/:.c:a/versions {"schema":@string} -> 200 {"id":1}
			PUT /mode {"mode":"READONLY_OVERRIDE"} -> 200
			POST /subjects/:.c:b/versions {"schema":@string} -> 422 42205
			# not known yet, so just a context
			PUT /mode/:.__GLOBAL: {"mode":"READWRITE"} -> 200
			GET /mode/:.d:a?defaultToGlobal=true -> 200 {"mode":"READONLY_OVERRIDE"}
		`},
		{"values", "8.1.1", `
			PUT /mode {"mode":"WRITE"} -> 422 42204
			PUT /mode {} -> 422 42204
			PUT /mode -> 422 42204
			PUT /mode {"mode":7} -> 400 400
			PUT /mode {"mode":"FORWARD"} -> 422 42204
			PUT /mode/:.__GLOBAL: {"mode":"FORWARD"} -> 200
			PUT /mode/a%01 {"mode":"READONLY"} -> 422 42208
		`},
		{"READONLY blocks writes, not reads or modes", "8.1.1", `
			POST /subjects/a/versions {"schema":@string} -> 200 {"id":1}
			PUT /mode {"mode":"READONLY"} -> 200
			POST /subjects/a/versions {"schema":@string} -> 422 42205
			POST /subjects/a/versions {"schema":@long,"id":7,"version":2} -> 422 42205
			DELETE /subjects/a -> 422 42205
			DELETE /subjects/a/versions/1 -> 422 42205
			PUT /config {"compatibility":"NONE"} -> 422 42205
			PUT /config/a {"compatibility":"NONE"} -> 422 42205
			DELETE /config/a -> 422 42205
			GET /subjects/a/versions/1 -> 200 {"id":1}
			PUT /mode/a {"mode":"READWRITE"} -> 200
			DELETE /subjects/a -> 200 [1]
		`},
		{"IMPORT refuses live subjects", "8.1.1", `
			POST /subjects/:.c:a/versions {"schema":@string} -> 200
			PUT /mode {"mode":"IMPORT"} -> 422 42205
			PUT /mode/:.__GLOBAL: {"mode":"IMPORT"} -> 422 42205
			PUT /mode/:.c: {"mode":"IMPORT"} -> 422 42205
			PUT /mode/:.c:a {"mode":"IMPORT"} -> 422 42205
			PUT /mode/:.d: {"mode":"IMPORT"} -> 200
			PUT /mode/b {"mode":"IMPORT"} -> 200
			PUT /mode/:.c:?force=true {"mode":"IMPORT"} -> 200
			# in force already
			PUT /mode/:.c: {"mode":"IMPORT"} -> 200
			PUT /mode/:.c:a {"mode":"IMPORT"} -> 200
		`},
		{"only the own mode counted once", "7.4.0", `
			POST /subjects/a/versions {"schema":@string} -> 200
			PUT /mode?force=true {"mode":"IMPORT"} -> 200
			PUT /mode/a {"mode":"IMPORT"} -> 422 42205
		`},
		{"IMPORT purges what is soft-deleted", "7.6.2", `
			POST /subjects/a/versions {"schema":@string} -> 200
			POST /subjects/:.c:b/versions {"schema":@string} -> 200
			DELETE /subjects/a -> 200 [1]
			DELETE /subjects/:.c:b -> 200 [1]
			PUT /mode/:.c: {"mode":"IMPORT"} -> 200
			GET /subjects?deleted=true -> 200 ["a"]
			PUT /mode {"mode":"IMPORT"} -> 200
			GET /subjects?deleted=true -> 200 []
		`},
		{"force purges nothing", "7.6.2", `
			POST /subjects/a/versions {"schema":@string} -> 200
			DELETE /subjects/a -> 200 [1]
			PUT /mode?force=true {"mode":"IMPORT"} -> 200
			GET /subjects?deleted=true -> 200 ["a"]
		`},
		{"no purge before 7.6.2", "7.6.1", `
			POST /subjects/a/versions {"schema":@string} -> 200
			DELETE /subjects/a -> 200 [1]
			PUT /mode {"mode":"IMPORT"} -> 200
			GET /subjects?deleted=true -> 200 ["a"]
		`},
		{"the purge minds referrers elsewhere", "8.1.1", `
			PUT /mode {"mode":"IMPORT"} -> 200
			POST /subjects/a/versions {"schema":@string,"id":1,"version":1} -> 200
			DELETE /subjects/a -> 200 [1]
			PUT /mode/:.c: {"mode":"IMPORT"} -> 200
			POST /subjects/:.c:b/versions {"schema":@long,"id":1,"version":1,"references":[{"name":"a","subject":":.:a","version":1}]} -> 200
			PUT /mode {"mode":"READWRITE"} -> 200
			PUT /mode/a {"mode":"IMPORT"} -> 422 42206
			GET /subjects?deletedOnly=true -> 200 ["a"]
		`},
		{"clearing", "8.1.1", `
			DELETE /mode/a -> 404 40401
			DELETE /mode -> 200 {"mode":"READWRITE"}
			PUT /mode/a {"mode":"READONLY"} -> 200
			DELETE /mode/a -> 200 {"mode":"READONLY"}
			GET /mode/a -> 404 40409
			PUT /mode/a {"mode":"READONLY"} -> 200
			PUT /mode/a {"mode":null} -> 200 {"mode":null}
			GET /mode/a -> 404 40409
			PUT /mode/:.c:a {"mode":"IMPORT"} -> 200
			PUT /mode/:.c:b {"mode":"IMPORT"} -> 200
			PUT /mode/x {"mode":"IMPORT"} -> 200
			PUT /mode {"mode":"IMPORT"} -> 200
			DELETE /mode/:.c: -> 404 40401
			DELETE /mode/:.c:?recursive=true -> 200
			GET /mode/:.c:a -> 404 40409
			GET /mode/x -> 200 {"mode":"IMPORT"}
			DELETE /mode?recursive=true -> 200 {"mode":"IMPORT"}
			GET /mode/x -> 404 40409
			GET /mode -> 200 {"mode":"READWRITE"}
		`},
		{"recursive is ignored by older servers", "8.0.0", `
			PUT /mode/:.c: {"mode":"IMPORT"} -> 200
			PUT /mode/:.c:a {"mode":"IMPORT"} -> 200
			DELETE /mode/:.c:?recursive=true -> 200 {"mode":"IMPORT"}
			GET /mode/:.c:a -> 200 {"mode":"IMPORT"}
			DELETE /mode -> 405 405
		`},
	} {
		t.Run(c.name, func(t *testing.T) {
			script(t, newRegistry(t, Options{Server: c.server}), c.lines)
		})
	}
}

func TestModeMutability(t *testing.T) {
	script(t, newRegistry(t, Options{Immutable: true}), `
		PUT /mode {"mode":"IMPORT"} -> 422 42205
		DELETE /mode -> 422 42205
		# a wrong value is found first
		PUT /mode {"mode":"X"} -> 422 42204
	`)
}

func TestImport(t *testing.T) {
	for _, c := range []struct{ name, server, lines string }{
		{"wants IMPORT", "8.1.1", `
			POST /subjects/a/versions {"schema":@string,"id":5,"version":2} -> 422 42205
			POST /subjects/a/versions {"schema":@string,"id":-1} -> 200 {"id":1}
			POST /subjects/a/versions {"schema":@long,"version":5} -> 422 42201
			POST /subjects/a/versions {"schema":@long,"version":2} -> 200 {"version":2}
		`},
		{"keeps ids, versions and gaps", "8.1.1", `
			PUT /mode {"mode":"IMPORT"} -> 200
			POST /subjects/a/versions {"schema":@string,"id":0,"version":7} -> 200 {"id":0,"version":7}
			POST /subjects/a/versions {"schema":@long,"id":24,"version":3} -> 200 {"id":24,"version":3}
			POST /subjects/a/versions {"schema":@int,"id":9} -> 200 {"id":9,"version":8}
			GET /subjects/a/versions -> 200 [3,7,8]
			# again, and nothing new happens
			POST /subjects/a/versions {"schema":@long,"id":24,"version":3} -> 200 {"id":24,"version":3}
			# without an id: only what is there
			POST /subjects/a/versions {"schema":@long} -> 200 {"id":24}
			POST /subjects/a/versions {"schema":@bytes} -> 422 42205
			# an id means one thing in its context
			POST /subjects/b/versions {"schema":@bytes,"id":24,"version":1} -> 422 42205
			POST /subjects/b/versions {"schema":@long,"id":24,"version":1} -> 200
			PUT /mode/:.c: {"mode":"IMPORT"} -> 200
			POST /subjects/:.c:b/versions {"schema":@bytes,"id":24,"version":1} -> 200
			# the same text under a second id
			POST /subjects/a/versions {"schema":@long,"id":30,"version":9} -> 200 {"id":30}
			PUT /mode {"mode":"READWRITE"} -> 200
			POST /subjects/z/versions {"schema":@double} -> 200 {"id":31}
			POST /subjects/y/versions {"schema":@long} -> 200 {"id":24}
		`},
		{"overwrites in silence", "8.1.1", `
			PUT /mode {"mode":"IMPORT"} -> 200
			POST /subjects/a/versions {"schema":@string,"id":1,"version":1} -> 200
			POST /subjects/a/versions {"schema":@long,"id":2,"version":1} -> 200 {"id":2,"version":1}
			GET /subjects/a/versions/1 -> 200 {"schema":@long,"id":2}
			GET /schemas/ids/1 -> 404 40403
		`},
		{"revives and supersedes soft-deleted versions", "8.1.1", `
			PUT /mode {"mode":"IMPORT"} -> 200
			POST /subjects/a/versions {"schema":@string,"id":1,"version":1} -> 200
			DELETE /subjects/a -> 200 [1]
			POST /subjects/a/versions {"schema":@string,"id":1,"version":1} -> 200
			GET /subjects/a/versions -> 200 [1]
			DELETE /subjects/a -> 200 [1]
			POST /subjects/a/versions {"schema":@string,"id":1,"version":4} -> 200
			GET /subjects/a/versions?deleted=true -> 200 [4]
		`},
		{"references may be soft-deleted", "8.1.1", `
			PUT /mode {"mode":"IMPORT"} -> 200
			POST /subjects/a/versions {"schema":@string,"id":2,"version":1,"references":[{"name":"b","subject":"b","version":1}]} -> 422 42201
			POST /subjects/b/versions {"schema":@long,"id":1,"version":1} -> 200
			DELETE /subjects/b -> 200 [1]
			POST /subjects/a/versions {"schema":@string,"id":2,"version":1,"references":[{"name":"b","subject":"b","version":1}]} -> 200
		`},
		{"7.0 knew less", "7.0.1", `
			PUT /mode {"mode":"IMPORT"} -> 200
			POST /subjects/a/versions {"schema":@string,"id":1,"version":1} -> 200
			POST /subjects/a/versions {"schema":@string,"id":2,"version":2} -> 422 42207
			POST /subjects/a/versions {"schema":@long,"version":5} -> 200 {"id":2}
			POST /subjects/a/versions {"schema":@long} -> 422 42205
		`},
	} {
		t.Run(c.name, func(t *testing.T) {
			script(t, newRegistry(t, Options{Server: c.server}), c.lines)
		})
	}
}

func TestConfigs(t *testing.T) {
	script(t, newRegistry(t, Options{}), `
		GET /config -> 200 {"compatibilityLevel":"BACKWARD"}
		GET /config/a -> 404 40408
		GET /config/a?defaultToGlobal=true -> 200 {"compatibilityLevel":"BACKWARD"}
		PUT /config {"compatibility":"maybe"} -> 422 42203
		PUT /config {"normalize":"yes"} -> 422 42203
		PUT /config {"compatibility":"full"} -> 200 {"compatibility":"FULL"}
		GET /config -> 200 {"compatibilityLevel":"FULL"}
		GET /config/a?defaultToGlobal=true -> 200 {"compatibilityLevel":"FULL"}
		GET /config/:.c:a?defaultToGlobal=true -> 200 {"compatibilityLevel":"BACKWARD"}
		PUT /config/a {"normalize":true} -> 200
		PUT /config/a {"compatibilityGroup":"g"} -> 200
		GET /config/a -> 200 {"normalize":true,"compatibilityGroup":"g","compatibilityLevel":null}
		GET /config/a?defaultToGlobal=true -> 200 {"normalize":true,"compatibilityLevel":"FULL"}
		PUT /config/a {"normalize":null} -> 200
		GET /config/a -> 200 {"normalize":null,"compatibilityGroup":"g"}
		DELETE /config/a -> 200 {"compatibilityGroup":"g"}
		DELETE /config/a -> 404 40401
		PUT /config/:.c: {"compatibility":"NONE"} -> 200
		GET /config/:.c:a?defaultToGlobal=true -> 200 {"compatibilityLevel":"NONE"}
		DELETE /config -> 200 {"compatibilityLevel":"FULL"}
		DELETE /config -> 200 {"compatibilityLevel":"BACKWARD"}
		PUT /config/:.__GLOBAL: {"compatibility":"FORWARD"} -> 200
		GET /config/:.d:a?defaultToGlobal=true -> 200 {"compatibilityLevel":"FORWARD"}
	`)
}
