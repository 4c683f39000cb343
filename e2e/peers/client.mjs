// Confluent's own client as a producer and a consumer: `node client.mjs produce URL FILE` registers schemas and writes
// messages to FILE, `node client.mjs consume URL FILE` reads them with what another registry knows.
import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import {
  AvroDeserializer, AvroSerializer, Compatibility, JsonDeserializer, JsonSerializer, SchemaRegistryClient, SerdeType,
} from '@confluentinc/schemaregistry'

const [verb, url, file] = process.argv.slice(2)

// Contexts are how one registry has several: '' is the default one.
const contexts = ['', '.peers']

const client = (context) => new SchemaRegistryClient({
  baseURLs: [context === '' ? url : `${url}/contexts/${context}`], cacheCapacity: 100, maxRetries: 0,
})

// Schemas of the three formats, those that others refer to first; the second of a subject is its next version.
const schemas = [
  { subject: 'peer-country', schemaType: 'AVRO', schema: JSON.stringify({ type: 'enum', name: 'Country', namespace: 'peer', symbols: ['DE', 'FR'] }) },
  {
    subject: 'peer-orders-value', schemaType: 'AVRO', references: [{ name: 'peer.Country', subject: 'peer-country', version: 1 }],
    schema: JSON.stringify({ type: 'record', name: 'Order', namespace: 'peer', fields: [{ name: 'id', type: 'long' }, { name: 'to', type: 'peer.Country' }] }),
  },
  {
    subject: 'peer-orders-value', schemaType: 'AVRO', references: [{ name: 'peer.Country', subject: 'peer-country', version: 1 }],
    schema: JSON.stringify({
      type: 'record', name: 'Order', namespace: 'peer',
      fields: [{ name: 'id', type: 'long' }, { name: 'to', type: 'peer.Country' }, { name: 'note', type: 'string', default: '' }],
    }),
  },
  { subject: 'peer-money', schemaType: 'JSON', schema: JSON.stringify({ $id: 'http://peer/money.json', type: 'object', properties: { amount: { type: 'integer' } } }) },
  {
    subject: 'peer-payments-value', schemaType: 'JSON', references: [{ name: 'http://peer/money.json', subject: 'peer-money', version: 1 }],
    schema: JSON.stringify({ $id: 'http://peer/payment.json', type: 'object', properties: { by: { type: 'string' }, paid: { $ref: 'http://peer/money.json' } } }),
  },
  { subject: 'peer-place', schemaType: 'PROTOBUF', schema: 'syntax = "proto3";\npackage peer;\n\nmessage Place {\n  string name = 1;\n}\n' },
  {
    subject: 'peer-trips-value', schemaType: 'PROTOBUF', references: [{ name: 'place.proto', subject: 'peer-place', version: 1 }],
    schema: 'syntax = "proto3";\npackage peer;\n\nimport "place.proto";\n\nmessage Trip {\n  .peer.Place from = 1;\n}\n',
  },
]

const messages = [
  { topic: 'peer-orders', serializer: AvroSerializer, deserializer: AvroDeserializer, value: { id: 7, to: 'FR', note: 'in a hurry' } },
  { topic: 'peer-payments', serializer: JsonSerializer, deserializer: JsonDeserializer, value: { by: 'card', paid: { amount: 12 } } },
]

async function register (c) {
  const used = []
  for (const { subject, ...info } of schemas) {
    const id = await c.register(subject, info)
    c.clearCaches() // or it would answer by itself
    assert.equal(await c.register(subject, info), id, 'registering it again gives the same id')
    c.clearCaches()
    assert.equal(await c.getId(subject, info), id, 'a lookup finds it')
    used.push({ subject, id, ...info })
  }
  assert.deepEqual(await c.getAllVersions('peer-orders-value'), [1, 2])
  const latest = await c.getLatestSchemaMetadata('peer-orders-value')
  assert.equal(latest.id, used[2].id)
  assert.equal(latest.version, 2)
  await c.updateCompatibility('peer-money', Compatibility.FULL)
  assert.equal(await c.getCompatibility('peer-money'), 'FULL')
  return used
}

async function resolve (c, used) {
  for (const { subject, id, ...info } of used) {
    c.clearCaches()
    const got = await c.getBySubjectAndId(subject, id)
    assert.equal(got.schema, info.schema)
    assert.equal(got.schemaType ?? 'AVRO', info.schemaType)
    assert.deepEqual(got.references ?? [], info.references ?? [])
  }
}

async function produce () {
  const sent = []
  for (const context of contexts) {
    const c = client(context)
    const used = await register(c)
    await resolve(c, used)
    for (const { topic, serializer: Serializer, value } of messages) {
      const s = new Serializer(c, SerdeType.VALUE, { autoRegisterSchemas: false, useLatestVersion: true })
      sent.push({ context, topic, value, bytes: (await s.serialize(topic, value)).toString('base64') })
    }
    sent.push({ context, used })
  }
  await writeFile(file, JSON.stringify(sent))
  console.log(`produced ${sent.length - contexts.length} messages, registered ${contexts.length * schemas.length} schemas`)
}

async function consume () {
  let read = 0; let ids = 0
  for (const { context, topic, value, bytes, used } of JSON.parse(await readFile(file, 'utf8'))) {
    const c = client(context)
    if (used) {
      await resolve(c, used)
      ids += used.length
      continue
    }
    const { deserializer: Deserializer } = messages.find((m) => m.topic === topic)
    const got = await new Deserializer(c, SerdeType.VALUE, {}).deserialize(topic, Buffer.from(bytes, 'base64'))
    assert.deepEqual({ ...got }, value)
    read++
  }
  console.log(`read ${read} messages, resolved ${ids} ids`)
}

await { produce, consume }[verb]()
