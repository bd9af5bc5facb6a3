import Formats
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import JobCore
import TestSupport
import Testing

@testable import JobService
@testable import JobStore

@Suite(.timeLimit(.minutes(5)))
struct OpenAPITests {
    private struct Operation: Hashable, CustomStringConvertible {
        var method: String
        var path: String
        var description: String { "\(method) \(path)" }
    }

    @Test func everyRouteIsDescribedAndNothingElse() async throws {
        let document = try JSONObjectSlice(parsing: OpenAPIDocument.bytes)
        let paths = try #require(try document["paths"]?.object)
        var described: Set<Operation> = []
        for path in paths.members {
            for operation in try #require(try path.value.object).members {
                described.insert(Operation(method: operation.name.uppercased(), path: path.name))
            }
        }
        let platform = try await TestPlatform.shared()
        let routes = try platform.service().api.routes.filter { $0.method != .head }
        let registered = Set(routes.map { Operation(method: $0.method.rawValue, path: $0.path.description) })
        #expect(described.subtracting(registered).sorted { "\($0)" < "\($1)" } == [])
        #expect(registered.subtracting(described).sorted { "\($0)" < "\($1)" } == [])
    }

    @Test func everyReferenceLeadsSomewhere() throws {
        let document = try JSONObjectSlice(parsing: OpenAPIDocument.bytes)
        let text = String(decoding: OpenAPIDocument.bytes, as: UTF8.self)
        let components = try #require(try document["components"]?.object)
        var used: Set<String> = []
        for match in text.matches(of: #/"\$ref":\s*"#/components/([a-zA-Z]+)/([A-Za-z0-9.]+)"/#) {
            used.insert("\(match.1)/\(match.2)")
            let kind = try components[String(match.1)]?.object
            #expect(kind?[String(match.2)] != nil, "\(match.0)")
        }
        // What nothing refers to describes nothing.
        for kind in components.members where kind.name != "securitySchemes" {
            for member in try #require(try kind.value.object).members {
                #expect(used.contains("\(kind.name)/\(member.name)"))
            }
        }
    }

    @Test func theMembersOfAJobAreThoseThatAreTold() throws {
        let document = try JSONObjectSlice(parsing: OpenAPIDocument.bytes)
        let schemas = try document["components"]?.object?["schemas"]?.object
        let job = try #require(try schemas?["Job"]?.object)
        let partial = try #require(try schemas?["PartialJob"]?.object)
        let names = JobField.allCases.map(\.rawValue)
        #expect(try job["properties"]?.object?.members.map(\.name) == names)
        // Each of them is always there, and but for `fields` all are.
        #expect(job["required"]?.array?.compactMap(\.string) == names)
        #expect(partial["required"] == nil)
        #expect(partial["properties"].map { Array($0.rawBytes) } == job["properties"].map { Array($0.rawBytes) })
    }

    @Test func callsThatAreCountedSayThatTheyMayBeRefused() throws {
        let paths = try #require(try JSONObjectSlice(parsing: OpenAPIDocument.bytes)["paths"]?.object)
        for rule in AccessTable.rules {
            let call = try paths[rule.path]?.object?[rule.method.rawValue.lowercased()]?.object
            let answers = try #require(try call?["responses"]?.object, "\(rule.method) \(rule.path)")
            #expect((answers["429"] != nil) == (rule.budget != .none), "\(rule.method) \(rule.path)")
        }
    }

    @Test func theLicenceIsThatOfTheRepository() throws {
        let root = URL(filePath: #filePath).appending(path: "../../../../..").standardized
        let licence = try String(contentsOf: root.appending(path: "LICENSE"), encoding: .utf8)
        let info = try JSONObjectSlice(parsing: OpenAPIDocument.bytes)["info"]?.object
        let name = try #require(try info?["license"]?.object?["identifier"]?.string)
        #expect(licence.hasPrefix("\(name) License"), "\(name)")
    }

    @Test func theDocumentIsServed() async throws {
        try await TestPlatform.shared().serve { api in
            let answer = try await api.anonymous.get("/openapi.json")
            #expect(answer.status == .ok)
            #expect(answer.headers[.contentType] == "application/json")
            #expect(try answer.string("openapi") == "3.1.0")
        }
    }

    /// Programs that know nothing of QueueFlow make requests of the description, and hold the answers against it.
    @Test func foreignRequestsAreAnsweredAsDescribed() async throws {
        let platform = try await TestPlatform(url: await TestServers.shared.database())
        try await platform.serve { api in
            let port = try #require(api.client.port)
            let token = try await api.token(.admin, tenant: "foreign")
            let (output, code) = try await Python().run("rest_conformance.py", ["http://127.0.0.1:\(port)", token])
            #expect(code == 0, "\(output)")
        }
        await platform.close()
    }
}
