package sandbox

// catalogue lists the subjects that every seed begins with: each is here for
// something that migrations stumble over. Referred subjects come first, so the
// list may be cut anywhere.
func catalogue() []seedSubject {
	list := referenceChain()
	list = append(list, importingSubjects()...)
	list = append(list, deletedSubjects()...)
	return append(list, contextSubjects()...)
}

// referenceChain ends in orders-value, five references above a country.
func referenceChain() []seedSubject {
	customer := avro("com.acme.crm.Customer", field("id", "long"), field("contact", "com.acme.crm.Contact")).
		referring("com.acme.crm.Contact", "com.acme.crm.Contact", 1)
	return []seedSubject{
		{name: "com.acme.common.Country", versions: []submission{
			avro("com.acme.common.Country", field("code", "string")),
			avro("com.acme.common.Country", field("code", "string"), optional("name", "string")),
		}},
		{name: "com.acme.common.Address", versions: []submission{
			avro("com.acme.common.Address", field("street", "string"), field("country", "com.acme.common.Country")).
				referring("com.acme.common.Country", "com.acme.common.Country", 1),
		}},
		{name: "com.acme.crm.Contact", versions: []submission{
			avro("com.acme.crm.Contact", field("email", "string"), field("address", "com.acme.common.Address")).
				referring("com.acme.common.Address", "com.acme.common.Address", 1),
		}},
		{name: "com.acme.crm.Customer", versions: []submission{customer}},
		{name: "com.acme.sales.Order", versions: []submission{
			avro("com.acme.sales.Order", field("number", "string"), field("customer", "com.acme.crm.Customer")).
				referring("com.acme.crm.Customer", "com.acme.crm.Customer", 1),
		}},
		{name: "orders-value", versions: orderVersions(), config: Config{fieldCompatibility: "FULL_TRANSITIVE"}},
		{name: "orders-key", versions: []submission{{Schema: `"string"`}}},
	}
}

func orderVersions() []submission {
	placed := avro("com.acme.sales.OrderPlaced", field("order", "com.acme.sales.Order"))
	more := avro("com.acme.sales.OrderPlaced", field("order", "com.acme.sales.Order"), optional("voucher", "string"))
	const owner = `{"properties":{"owner":"sales","slo":"gold"},"tags":{"order.customer.contact.email":["PII"]},"sensitive":["owner"]}`
	const rules = `{"domainRules":[{"name":"number-set","kind":"CONDITION","mode":"WRITE","type":"CEL","expr":"message.order.number != ''","onFailure":"DLQ"}]}`
	return []submission{
		placed.referring("com.acme.sales.Order", "com.acme.sales.Order", 1),
		more.referring("com.acme.sales.Order", "com.acme.sales.Order", 1).described(owner, rules),
	}
}

func importingSubjects() []seedSubject {
	return []seedSubject{
		{name: "eu/card payments 100%-value", versions: []submission{
			avro("com.acme.payments.CardPayment", field("pan", "string"), field("cents", "long")),
		}},
		{name: "com/acme/type/money.proto", versions: []submission{
			proto("com.acme.type", "Money", nil, "currency_code", "int64 units"),
		}},
		{name: "invoices-value", versions: []submission{
			proto("com.acme.billing", "Invoice", []string{"com/acme/type/money.proto"}, "number", "com.acme.type.Money total").
				referring("com/acme/type/money.proto", "com/acme/type/money.proto", 1),
		}, config: Config{fieldCompatibility: "BACKWARD_TRANSITIVE"}},
		{name: "geo-point.json", versions: []submission{jsonSchema("GeoPoint", "lat number", "lon number")}},
		{name: "shipments-value", versions: []submission{
			jsonSchema("Shipment", "id string", "at #geo-point.json").referring("geo-point.json", "geo-point.json", 1),
			jsonSchema("Shipment", "id string", "at #geo-point.json", "carrier string").
				referring("geo-point.json", "geo-point.json", 1).
				described(`{"properties":{"owner":"logistics"}}`, ""),
		}, config: Config{fieldCompatibility: "NONE", "normalize": false}},
	}
}

// deletedSubjects have gaps, soft-deleted versions, or nothing else.
func deletedSubjects() []seedSubject {
	audit := seedSubject{name: "audit-log-value", softDeleted: []int{2, 3, 5}, hardDeleted: []int{3}}
	fields := []seedField{field("actor", "string")}
	for _, more := range []string{"action", "resource", "reason", "traceId", "region"} {
		audit.versions = append(audit.versions, avro("com.acme.audit.Entry", fields...))
		fields = append(fields, optional(more, "string"))
	}
	audit.versions = append(audit.versions, avro("com.acme.audit.Entry", fields...))
	return []seedSubject{
		audit,
		{name: "abandoned-carts-value", softDeleted: []int{1, 2}, versions: []submission{
			avro("com.acme.shop.AbandonedCart", field("cart", "string")),
			avro("com.acme.shop.AbandonedCart", field("cart", "string"), optional("since", "long")),
		}},
	}
}

// contextSubjects give ids a second and a third meaning.
func contextSubjects() []seedSubject {
	transaction := avro("com.acme.payments.Transaction", field("id", "string"), field("cents", "long"))
	return []seedSubject{
		{name: ":.payments:transactions-value", versions: []submission{
			transaction,
			avro("com.acme.payments.Transaction", field("id", "string"), field("cents", "long"), optional("memo", "string")).
				described(`{"properties":{"owner":"payments"}}`, ""),
		}},
		{name: ":.payments:refunds-value", config: Config{fieldCompatibility: "FULL_TRANSITIVE"}, versions: []submission{
			avro("com.acme.payments.Refund", field("of", "com.acme.payments.Transaction")).
				referring("com.acme.payments.Transaction", "transactions-value", 1),
		}},
		{name: ":.payments:orders-value", versions: []submission{
			avro("com.acme.payments.PaidOrder", field("number", "string")),
		}},
		{name: ":.legacy:customer-key", versions: []submission{{Schema: `"long"`, SchemaType: "AVRO"}}},
		{name: ":.legacy:chargebacks-value", versions: []submission{
			avro("com.acme.legacy.Chargeback", field("of", "com.acme.payments.Transaction")).
				referring("com.acme.payments.Transaction", ":.payments:transactions-value", 1),
		}},
		{name: ":.legacy:customer-value", softDeleted: []int{1, 2}, hardDeleted: []int{1}, versions: []submission{
			avro("com.acme.legacy.Customer", field("no", "int")),
			avro("com.acme.legacy.Customer", field("no", "long")),
			avro("com.acme.legacy.Customer", field("no", "long"), optional("name", "string")),
		}},
	}
}
