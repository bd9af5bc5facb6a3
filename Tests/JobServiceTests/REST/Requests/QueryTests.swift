import Formats
import Foundation
import HTTPTypes
import Hummingbird
import JobCore
import Testing

@testable import JobService
@testable import JobStore

/// What holds for the queries of all calls.
@Suite(.timeLimit(.minutes(1)))
struct QueryTests {
    /// Probes and scrapers add parameters of their own.
    private static let tolerant = ["/metrics", "/healthz", "/readyz"]

    private func path(_ pattern: String) -> String {
        pattern.replacing(#/\{[a-z]+\}/#, with: "01a21821-3040-7527-9090-1f92f6be7ac9")
    }

    @Test func noCallPassesOverAParameterThatItDoesNotKnow() async throws {
        let platform = try await TestPlatform.shared()
        let routes = try platform.service().api.routes.filter { $0.method != .head }
            .map { (method: $0.method, path: $0.path.description) }
        try await platform.serve { api in
            let admin = try await api.session(.admin, tenant: "unknown-parameters")
            for route in routes {
                let call = "\(route.method) \(route.path)"
                let answer = try await admin.send(route.method, path(route.path) + "?nosuch=1", "{}")
                guard !Self.tolerant.contains(route.path) else {
                    #expect(answer.status != .unprocessableContent, "\(call)")
                    continue
                }
                #expect(answer.status == .unprocessableContent, "\(call): \(answer.text)")
                #expect(try answer.fieldErrors()["nosuch"]?.hasPrefix("is not known") == true, "\(call)")
            }
        }
    }

    @Test func noParameterMayBeEmpty() async throws {
        let paths = try #require(try JSONObjectSlice(parsing: OpenAPIDocument.bytes)["paths"]?.object)
        let shared = try JSONObjectSlice(parsing: OpenAPIDocument.bytes)["components"]?.object?["parameters"]?.object
        try await TestPlatform.shared().serve { api in
            let admin = try await api.session(.admin, tenant: "empty-parameters")
            var count = 0
            for (pattern, method, parameter) in try paths.members.flatMap({ path in
                try path.value.object?.members.flatMap { operation in
                    try (operation.value.object?["parameters"]?.array ?? []).map { (path.name, operation.name, $0) }
                } ?? []
            }) {
                let named = try #require(try parameter.object)
                let reference = named["$ref"]?.string.flatMap { $0.split(separator: "/").last }
                let described = try reference.map { try #require(try shared?[String($0)]?.object) } ?? named
                guard described["in"]?.string == "query", let name = described["name"]?.string else { continue }
                count += 1
                let verb = try #require(HTTPRequest.Method(method.uppercased()))
                for query in ["\(name)=", name] {
                    let answer = try await admin.send(verb, "\(path(pattern))?\(query)", #"{"max_depth":1}"#)
                    #expect(answer.status == .unprocessableContent, "\(method) \(pattern)?\(query): \(answer.text)")
                    #expect(
                        try answer.fieldErrors()[name]?.contains("is empty") == true,
                        "\(method) \(pattern)?\(query)"
                    )
                }
            }
            #expect(count > 40)
        }
    }

    @Test(arguments: [
        ("tag=nightly+run", 1), ("tag=nightly%20run", 1), ("tag=nightly%2Brun", 0), ("tag=C%2B%2B", 1), ("tag=C++", 0),
        ("tag=%C3%BC", 1),
    ])
    func aPlusIsASpaceInText(_ query: String, count: Int) async throws {
        try await TestPlatform.shared().serve { api in
            let session = try await api.session(tenant: "plus-\(UUID())")
            let created = try await session.post("/jobs", #"{"type":"t","tags":["nightly run","C++","ü"]}"#)
            #expect(created.status == .created)
            let answer = try await session.get("/jobs?\(query)")
            #expect(try answer.json()["jobs"]?.array?.count == count, "\(answer.text)")
        }
    }

    @Test(arguments: ["tag=100%", "tag=%zz", "tag=%FF", "tag=%C3", "%FF=1", "tag=%2", "tag=%+1"])
    func whatIsNoUTF8IsRefused(_ query: String) async throws {
        try await TestPlatform.shared().serve { api in
            let answer = try await api.session(tenant: "encodings").get("/jobs?\(query)")
            try answer.expectProblem("validation-failed", .unprocessableContent)
            #expect(try answer.fieldErrors().values.map { $0 } == ["is not UTF-8 in percent-encoding"])
        }
    }

    @Test(arguments: [("state", "status", "queued"), ("queue", "queue_name", "q")])
    func bothNamesOfAParameterNarrowAndOneIsGiven(_ name: String, old: String, value: String) async throws {
        try await TestPlatform.shared().serve { api in
            let session = try await api.session(tenant: "names-\(name)")
            for body in [#"{"queue":"q"}"#, #"{"queue":"r","delay":60}"#] {
                #expect(try await session.post("/jobs", body).status == .created)
            }
            for name in [name, old] {
                #expect(try await session.get("/jobs?\(name)=\(value)").json()["jobs"]?.array?.count == 1)
            }
            let both = try await session.get("/jobs?\(name)=\(value)&\(old)=\(value)")
            #expect(try both.fieldErrors() == [old: "means the same as '\(name)'; give only one of them"])
        }
    }
}
