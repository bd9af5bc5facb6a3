import SwiftProtobuf

/// Finds the descriptors of files by their names and by what they define.
struct DescriptorIndex: Sendable {
    private var files: [String: File] = [:]
    private var fileOfSymbol: [String: String] = [:]
    private var fileOfExtension: [Extension: String] = [:]

    private struct File: Sendable {
        var bytes: [UInt8]
        var dependencies: [String]
    }

    private struct Extension: Hashable, Sendable {
        var type: String
        var number: Int32
    }

    /// Takes in a serialised `FileDescriptorSet`; files that are known already are left out.
    /// - Throws: SwiftProtobuf's error if the bytes are no such set.
    mutating func add(_ descriptorSet: [UInt8]) throws {
        let set = try Google_Protobuf_FileDescriptorSet(serializedBytes: descriptorSet)
        for file in set.file where files[file.name] == nil {
            files[file.name] = File(bytes: try file.serializedBytes(), dependencies: file.dependency)
            index(file)
        }
    }

    /// The file of this name and all files that it builds on, itself first; `nil` if it is not known.
    func closure(ofFile name: String) -> [[UInt8]]? {
        guard files[name] != nil else { return nil }
        var found: [[UInt8]] = []
        var seen: Set<String> = [name]
        var queue = [name]
        while let next = queue.popLast() {
            guard let file = files[next] else { continue }
            found.append(file.bytes)
            for dependency in file.dependencies where seen.insert(dependency).inserted { queue.append(dependency) }
        }
        return found
    }

    /// The file that defines a message, field, enum, value, service or method of this full name.
    func file(defining symbol: String) -> String? { fileOfSymbol[symbol] }

    /// The file that extends a message by a field of this number.
    func file(extending type: String, number: Int32) -> String? {
        fileOfExtension[Extension(type: type, number: number)]
    }

    /// The numbers of all extensions of a message, ascending; `nil` if the message is not known.
    func extensionNumbers(of type: String) -> [Int32]? {
        guard fileOfSymbol[type] != nil else { return nil }
        return fileOfExtension.keys.filter { $0.type == type }.map(\.number).sorted()
    }

    private mutating func index(_ file: Google_Protobuf_FileDescriptorProto) {
        let scope = file.package
        for message in file.messageType { index(message, scope: scope, file: file.name) }
        for type in file.enumType { index(type, scope: scope, file: file.name) }
        index(file.extension, scope: scope, file: file.name)
        for service in file.service {
            let name = add(service.name, scope: scope, file: file.name)
            for method in service.method { add(method.name, scope: name, file: file.name) }
        }
    }

    private mutating func index(_ message: Google_Protobuf_DescriptorProto, scope: String, file: String) {
        let name = add(message.name, scope: scope, file: file)
        for field in message.field { add(field.name, scope: name, file: file) }
        for oneof in message.oneofDecl { add(oneof.name, scope: name, file: file) }
        for nested in message.nestedType { index(nested, scope: name, file: file) }
        for type in message.enumType { index(type, scope: name, file: file) }
        index(message.extension, scope: name, file: file)
    }

    private mutating func index(_ type: Google_Protobuf_EnumDescriptorProto, scope: String, file: String) {
        let name = add(type.name, scope: scope, file: file)
        for value in type.value { add(value.name, scope: name, file: file) }
    }

    private mutating func index(_ extensions: [Google_Protobuf_FieldDescriptorProto], scope: String, file: String) {
        for field in extensions {
            add(field.name, scope: scope, file: file)
            // Types are written with a leading dot in descriptors.
            fileOfExtension[Extension(type: String(field.extendee.drop { $0 == "." }), number: field.number)] = file
        }
    }

    @discardableResult
    private mutating func add(_ name: String, scope: String, file: String) -> String {
        let full = scope.isEmpty ? name : "\(scope).\(name)"
        fileOfSymbol[full] = file
        return full
    }
}
