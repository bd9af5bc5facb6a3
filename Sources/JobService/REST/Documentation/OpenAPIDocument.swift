import NIOCore

/// The description of the API, put together from the parts in this folder's `OpenAPI`, each of which holds a JSON object.
enum OpenAPIDocument {
    /// The whole document (OpenAPI 3.1).
    static let bytes: [UInt8] = {
        let components = [
            ("securitySchemes", [PackageResources.security_json]), ("parameters", [PackageResources.parameters_json]),
            ("responses", [PackageResources.responses_json]),
            ("examples", [PackageResources.examples_json, PackageResources.examples_figures_json]),
            ("schemas", schemas),
        ].map { name, parts in "\"\(name)\":{\(members(of: parts))}" }
        return Array(
            """
            {\(members(of: [PackageResources.document_json])),"paths":{\(members(of: paths))},\
            "components":{\(components.joined(separator: ","))}}
            """.utf8
        )
    }()

    /// One part for each folder of routes.
    private static var paths: [String] {
        [
            PackageResources.paths_identity_json, PackageResources.paths_jobs_json,
            PackageResources.paths_schedules_json,
            PackageResources.paths_dead_letters_json,
            PackageResources.paths_queues_json, PackageResources.paths_tenants_json,
            PackageResources.paths_figures_json, PackageResources.paths_operations_json,
            PackageResources.paths_bulk_json,
        ]
    }

    private static var schemas: [String] {
        [
            PackageResources.schemas_common_json, PackageResources.schemas_identity_json,
            PackageResources.schemas_jobs_json,
            PackageResources.schemas_schedules_json,
            PackageResources.schemas_dead_letters_json, PackageResources.schemas_queues_json,
            PackageResources.schemas_tenants_json, PackageResources.schemas_figures_json,
            PackageResources.schemas_bulk_json,
        ]
    }

    /// The document as it is sent.
    static let buffer = ByteBuffer(bytes: bytes)

    /// What stands between the braces of some objects, as the members of one.
    private static func members(of parts: [String]) -> String {
        parts.map { text in
            guard let first = text.firstIndex(of: "{"), let last = text.lastIndex(of: "}") else { return "" }
            return String(text[text.index(after: first)..<last])
        }.joined(separator: ",")
    }
}
