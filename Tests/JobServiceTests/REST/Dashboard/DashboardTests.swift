import Foundation
import HTTPTypes
import NIOCore
import TestSupport
import Testing

@testable import JobService

@Suite(.timeLimit(.minutes(1)))
struct DashboardTests {
    /// Where the files of the dashboard are written.
    private static let folder = Script.repository.appending(path: "Sources/JobService/Dashboard")

    /// The files of the folder, by their paths within it.
    private static func written() throws -> [String: Data] {
        let paths = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: [.isRegularFileKey])
        var files: [String: Data] = [:]
        for case let url as URL in try #require(paths)
        where try url.resourceValues(forKeys: [.isRegularFileKey]).isRegularFile == true {
            files[String(url.path.dropFirst(folder.path.count + 1))] = try Data(contentsOf: url)
        }
        return files
    }

    @Test func theProgramHasEveryFileOfTheFolder() throws {
        let files = DashboardFiles(directory: nil, uPlotDirectory: nil)
        let written = try Self.written()
        #expect(DashboardFiles.paths == written.keys.sorted())
        for (path, data) in written {
            #expect(files[path].map { Data($0.bytes.readableBytesView) } == data, "\(path)")
        }
    }

    @Test func whatAFileAsksForIsThereAndOfThisHost() throws {
        let files = DashboardFiles(directory: nil, uPlotDirectory: nil)
        for (path, data) in try Self.written() {
            let text = String(decoding: data, as: UTF8.self)
            let used = text.matches(of: #/(?:from |import\(|import |href="|src=")"?([^"\s]+\.(?:js|css|svg))"/#).map {
                String($0.1)
            }
            for name in used {
                let target = URL(filePath: "/\(path)").deletingLastPathComponent().appending(path: name).standardized
                    .path
                #expect(files[String(target.dropFirst())] != nil, "\(path) asks for \(name)")
            }
            #expect(
                !text.contains(#/innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function/#),
                "\(path)"
            )
            #expect(!text.contains(#/\b(?:src|href)="(?:\/|https?:)/#), "\(path)")
        }
    }

    @Test func aBrowserIsLedToThePageAndToldWhatItMayDo() async throws {
        try await TestPlatform.shared().serve { api in
            let bare = try await api.anonymous.get("/dashboard")
            #expect(bare.status == .seeOther && bare.headers[.location] == "dashboard/")
            let page = try await api.anonymous.get("/dashboard/", headers: [.accept: "text/html"])
            #expect(page.status == .ok && page.headers[.contentType] == "text/html; charset=utf-8")
            let policy = try #require(page.headers[.contentSecurityPolicy])
            for part in [
                "default-src 'self'", "style-src 'self'", "frame-ancestors 'none'",
                "require-trusted-types-for 'script'",
            ] {
                #expect(policy.contains(part))
            }
            #expect(!policy.contains("unsafe"))
            #expect(page.headers[.xContentTypeOptions] == "nosniff")
        }
    }

    @Test func filesAreAskedForAgainOnlyWhenTheyHaveChanged() async throws {
        try await TestPlatform.shared().serve { api in
            let file = try await api.anonymous.get("/dashboard/lib/api.js", headers: [.acceptEncoding: "gzip"])
            #expect(file.status == .ok && file.headers[.contentType] == "text/javascript; charset=utf-8")
            #expect(file.headers[.contentEncoding] == "gzip" && file.headers[.cacheControl] == "no-cache")
            let tag = try #require(file.headers[.eTag])
            let again = try await api.anonymous.get("/dashboard/lib/api.js", headers: [.ifNoneMatch: tag])
            #expect(again.status == .notModified && again.headers[.eTag] == tag)
            let other = try await api.anonymous.get("/dashboard/app.js", headers: [.ifNoneMatch: tag])
            #expect(other.status == .ok)
        }
    }

    @Test func nothingElseIsThere() async throws {
        try await TestPlatform.shared().serve { api in
            for path in ["nope.js", "lib/nope.js", "lib", "..%2Findex.html", "lib/..%2Fapp.js"] {
                try await api.anonymous.get("/dashboard/\(path)").expectProblem("not-found", .notFound)
            }
            #expect(try await api.anonymous.get("/dashboard/?x=1").fieldErrors().keys.contains("x"))
        }
    }

    @Test func aFolderTakesThePlaceOfTheProgramsFiles() throws {
        let root = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: root) }
        let folder = root.appending(path: "site")
        try FileManager.default.createDirectory(at: folder.appending(path: "lib"), withIntermediateDirectories: true)
        try Data("one".utf8).write(to: folder.appending(path: "app.js"))
        try Data("two".utf8).write(to: folder.appending(path: "lib/x.js"))
        try Data("secret".utf8).write(to: root.appending(path: "secret.js"))
        let files = DashboardFiles(directory: folder.path, uPlotDirectory: nil)
        let before = try #require(files["app.js"])
        #expect(String(buffer: before.bytes) == "one")
        #expect(files["lib/x.js"].map { String(buffer: $0.bytes) } == "two")
        #expect(files["index.html"] == nil)
        #expect(files["../secret.js"] == nil && files["lib/../../secret.js"] == nil && files["/etc/hosts"] == nil)
        try Data("three".utf8).write(to: folder.appending(path: "app.js"))
        let after = try #require(files["app.js"])
        #expect(String(buffer: after.bytes) == "three" && after.tag != before.tag)
    }

    @Test func uPlotIsServedWhereItWasFetched() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let without = try #require(DashboardFiles(directory: nil, uPlotDirectory: folder.path)["vendor/uplot.js"])
        #expect(String(buffer: without.bytes).contains("make uplot"))
        try Data("var uPlot;".utf8).write(to: folder.appending(path: "uplot.iife.min.js"))
        let with = try #require(DashboardFiles(directory: nil, uPlotDirectory: folder.path)["vendor/uplot.js"])
        #expect(String(buffer: with.bytes) == "var uPlot;")
    }
}
