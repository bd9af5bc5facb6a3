import Testing

@testable import QueueFlowCLI

@Suite struct EndpointTests {
    @Test func urlsNameHostAndPort() {
        #expect(
            Endpoint(url: "postgres://u:p%40@db.example:5433/q?sslmode=require", standardPort: 5432)
                == Endpoint(host: "db.example", port: 5433)
        )
        #expect(Endpoint(url: "redis://cache", standardPort: 6379) == Endpoint(host: "cache", port: 6379))
        #expect(Endpoint(url: "redis://[::1]:7000/0", standardPort: 6379) == Endpoint(host: "::1", port: 7000))
    }

    @Test(arguments: ["postgres:///db?host=/run/postgresql", "host=db dbname=x", ""])
    func whatNamesNoHostIsNothing(_ url: String) {
        #expect(Endpoint(url: url, standardPort: 5432) == nil)
    }

    @Test func brokersAreAList() {
        #expect(
            Endpoint.list("k1:9093, k2", standardPort: 9092)
                == [Endpoint(host: "k1", port: 9093), Endpoint(host: "k2", port: 9092)]
        )
    }

    @Test func addressesOfVersion6AreBracketed() {
        #expect(Endpoint(host: "::1", port: 1).description == "[::1]:1")
        #expect(Endpoint(host: "a", port: 1).description == "a:1")
    }
}
