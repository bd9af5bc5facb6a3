import SwiftProtobuf

/// The standard reflection service in its versions v1 and v1alpha: tells generic tools which services there are and what their messages
/// look like.
public struct ReflectionService: GRPCService {
    private let services: [String]
    private let index: DescriptorIndex

    /// Describes services; health and reflection are always among them.
    /// - Parameters:
    ///   - services: the full names of the services that the server has.
    ///   - descriptorSets: serialised `google.protobuf.FileDescriptorSet`s that hold their files and all that these import.
    /// - Throws: ``GRPCError`` with `invalidArgument` if a set cannot be read or a service is in none of them.
    public init(services: [String] = [], descriptorSets: [[UInt8]] = []) throws {
        let own = [
            "grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection",
        ]
        var index = DescriptorIndex()
        do {
            for set in descriptorSets + [Base64.decode(GRPCDescriptors.base64.utf8) ?? []] { try index.add(set) }
        } catch {
            throw GRPCError(
                code: .invalidArgument,
                message: "A descriptor set for reflection cannot be read.",
                cause: error
            )
        }
        self.index = index
        self.services = Set(own + services).sorted()
        for service in self.services where index.file(defining: service) == nil {
            throw GRPCError(
                code: .invalidArgument,
                message: "No descriptor set for reflection defines the service '\(service)'."
            )
        }
    }

    /// Describes services whose descriptor set is given in base64, as `generate.sh` writes it.
    /// - Throws: as ``init(services:descriptorSets:)``.
    public init(services: [String], base64: [String]) throws {
        try self.init(
            services: services,
            descriptorSets: base64.map { text in
                guard let bytes = Base64.decode(text.utf8) else {
                    throw GRPCError(code: .invalidArgument, message: "A descriptor set for reflection is not base64.")
                }
                return bytes
            }
        )
    }

    /// Registers both versions of the service.
    public func register(in router: inout GRPCRouter) {
        router.bidirectional(
            MethodDescriptor(service: "grpc.reflection.v1.ServerReflection", method: "ServerReflectionInfo"),
            Grpc_Reflection_V1_ServerReflectionRequest.self,
            Grpc_Reflection_V1_ServerReflectionResponse.self
        ) { requests, responses, _ in
            for try await request in requests { try await responses.write(answer(request)) }
        }
        // The two versions have the same fields under the same numbers, so one answers for the other.
        router.bidirectional(
            MethodDescriptor(service: "grpc.reflection.v1alpha.ServerReflection", method: "ServerReflectionInfo"),
            Grpc_Reflection_V1alpha_ServerReflectionRequest.self,
            Grpc_Reflection_V1alpha_ServerReflectionResponse.self
        ) { requests, responses, _ in
            for try await request in requests {
                let bytes: [UInt8] = try request.serializedBytes()
                let response = answer(try Grpc_Reflection_V1_ServerReflectionRequest(serializedBytes: bytes))
                let answer: [UInt8] = try response.serializedBytes()
                try await responses.write(Grpc_Reflection_V1alpha_ServerReflectionResponse(serializedBytes: answer))
            }
        }
    }

    private func answer(
        _ request: Grpc_Reflection_V1_ServerReflectionRequest
    ) -> Grpc_Reflection_V1_ServerReflectionResponse {
        .with { response in
            response.validHost = request.host
            response.originalRequest = request
            response.messageResponse = outcome(of: request.messageRequest)
        }
    }

    private func outcome(
        of request: Grpc_Reflection_V1_ServerReflectionRequest.OneOf_MessageRequest?
    ) -> Grpc_Reflection_V1_ServerReflectionResponse.OneOf_MessageResponse {
        switch request {
        case .listServices:
            let services = services.map { name in Grpc_Reflection_V1_ServiceResponse.with { $0.name = name } }
            return .listServicesResponse(.with { $0.service = services })
        case .fileByFilename(let name):
            return files(name, orMissing: "There is no file '\(name)'.")
        case .fileContainingSymbol(let symbol):
            return files(index.file(defining: symbol), orMissing: "No file defines '\(symbol)'.")
        case .fileContainingExtension(let wanted):
            return files(
                index.file(extending: wanted.containingType, number: wanted.extensionNumber),
                orMissing: "No file extends '\(wanted.containingType)' by the number \(wanted.extensionNumber)."
            )
        case .allExtensionNumbersOfType(let type):
            guard let numbers = index.extensionNumbers(of: type) else {
                return failure(.notFound, "There is no message '\(type)'.")
            }
            return .allExtensionNumbersResponse(
                .with {
                    $0.baseTypeName = type
                    $0.extensionNumber = numbers
                }
            )
        case nil:
            return failure(.invalidArgument, "The request asks for nothing that this server knows.")
        }
    }

    private func files(
        _ name: String?,
        orMissing message: String
    ) -> Grpc_Reflection_V1_ServerReflectionResponse.OneOf_MessageResponse {
        guard let files = name.flatMap(index.closure) else { return failure(.notFound, message) }
        return .fileDescriptorResponse(.with { $0.fileDescriptorProto = files.map { .init($0) } })
    }

    private func failure(
        _ code: GRPCStatus.Code,
        _ message: String
    ) -> Grpc_Reflection_V1_ServerReflectionResponse.OneOf_MessageResponse {
        .errorResponse(
            .with {
                $0.errorCode = Int32(code.rawValue)
                $0.errorMessage = message
            }
        )
    }
}
