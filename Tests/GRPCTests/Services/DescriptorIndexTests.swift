import SwiftProtobuf
import Testing

@testable import GRPC

@Suite struct DescriptorIndexTests {
    /// Two files, of which one builds on the other and extends one of its messages.
    private func index() throws -> DescriptorIndex {
        let base = Google_Protobuf_FileDescriptorProto.with { file in
            file.name = "base.proto"
            file.package = "a.b"
            file.messageType = [
                .with { message in
                    message.name = "Outer"
                    message.field = [.with { $0.name = "number" }]
                    message.oneofDecl = [.with { $0.name = "choice" }]
                    message.nestedType = [.with { $0.name = "Inner" }]
                    message.enumType = [
                        .with {
                            $0.name = "Color"
                            $0.value = [.with { $0.name = "RED" }]
                        }
                    ]
                }
            ]
        }
        let top = Google_Protobuf_FileDescriptorProto.with { file in
            file.name = "top.proto"
            file.dependency = ["base.proto"]
            file.extension = [7, 5].map { (number: Int32) in
                .with {
                    $0.name = "extra\(number)"
                    $0.extendee = ".a.b.Outer"
                    $0.number = number
                }
            }
            file.service = [
                .with {
                    $0.name = "Service"
                    $0.method = [.with { $0.name = "Call" }]
                }
            ]
        }
        var index = DescriptorIndex()
        try index.add(Google_Protobuf_FileDescriptorSet.with { $0.file = [base, top] }.serializedBytes())
        return index
    }

    @Test(arguments: [
        "a.b.Outer", "a.b.Outer.number", "a.b.Outer.choice", "a.b.Outer.Inner", "a.b.Outer.Color",
        "a.b.Outer.Color.RED",
    ])
    func whatAFileDefinesLeadsToIt(symbol: String) throws {
        #expect(try index().file(defining: symbol) == "base.proto")
    }

    @Test(arguments: ["Service", "Service.Call", "extra5"])
    func aFileWithoutPackageIsFoundToo(symbol: String) throws {
        #expect(try index().file(defining: symbol) == "top.proto")
    }

    @Test func aFileComesWithAllThatItBuildsOn() throws {
        let index = try index()
        #expect(index.closure(ofFile: "top.proto")?.count == 2)
        #expect(index.closure(ofFile: "base.proto")?.count == 1)
        #expect(index.closure(ofFile: "none.proto") == nil)
    }

    @Test func extensionsAreFoundByTypeAndNumber() throws {
        let index = try index()
        #expect(index.file(extending: "a.b.Outer", number: 5) == "top.proto")
        #expect(index.file(extending: "a.b.Outer", number: 6) == nil)
        #expect(index.extensionNumbers(of: "a.b.Outer") == [5, 7])
        #expect(index.extensionNumbers(of: "a.b.None") == nil)
    }

    @Test func aServiceThatNothingDescribesIsRefused() {
        let error = #expect(throws: GRPCError.self) { try ReflectionService(services: ["no.Such"]) }
        #expect(error?.message.contains("no.Such") == true)
        #expect(throws: GRPCError.self) { try ReflectionService(descriptorSets: [[0xFF]]) }
        #expect(throws: GRPCError.self) { try ReflectionService(services: [], base64: ["?"]) }
    }
}
