import HTTP
import Testing

@Suite struct ServiceAddressTests {
  @Test(arguments: [
    ("api-x.vercel.app", "https://api-x.vercel.app"),
    ("API-X.Vercel.App/", "https://api-x.vercel.app"),
    ("https://api.vercel.com", "https://api.vercel.com"),
    ("https://api.vercel.com:443/", "https://api.vercel.com"),
    ("api.vercel.com:8443", "https://api.vercel.com:8443"),
    ("127.0.0.1:4000", "http://127.0.0.1:4000"),
    ("127.9.9.9:4000", "http://127.9.9.9:4000"),
    ("localhost:4000", "http://localhost:4000"),
    ("localhost", "https://localhost"),
    ("https://localhost:4000", "https://localhost:4000"),
    ("http://x.localhost:4000", "http://x.localhost:4000"),
    ("http://x.localhost", "http://x.localhost"),
    ("[::1]:4000", "http://[::1]:4000"),
    ("https://[2001:db8::1]", "https://[2001:db8::1]"),
  ])
  func `an address becomes a base`(text: String, base: String) {
    #expect(ServiceAddress(text)?.base == base)
  }

  @Test(arguments: [
    "", "http://api-x.vercel.app", "http://10.0.0.1:4000", "http://128.0.0.1", "http://localhost.example.com:80",
    "http://127.0.0.1.example.com", "http://notlocalhost:1", "ftp://localhost:4000", "user@host.example",
    "https://user:pw@host.example", "host.example/path", "host.example?x", "host.example:0", "host.example:65536",
    "host.example:+1", "host.example:", "https://", "a..b", "-a.example", "a b.example", "a\n.example", "[::1",
    "[zz]:1", "[::1]x", "host.example#x", "http://[::2]:80", "http://2130706433:80",
  ])
  func `what is no safe address is refused`(text: String) {
    #expect(ServiceAddress(text) == nil)
  }

  @Test func `a path is appended with one slash`() throws {
    let address = try #require(ServiceAddress("localhost:4000"))
    #expect(address.url(path: "/health?x=1") == "http://localhost:4000/health?x=1")
    #expect(address.url(path: "health") == "http://localhost:4000/health")
  }
}

@Suite struct ResolveMapTests {
  @Test func `entries map hosts and ports, in any case of letters`() throws {
    let map = try ResolveMap("api.vercel.com:443:127.0.0.1:4000, X.example::[::1]:5000")
    let first = try #require(map.target(host: "API.vercel.com", port: 443))
    #expect(first == ("127.0.0.1", 4000))
    let second = try #require(map.target(host: "x.example", port: 8080))
    #expect(second == ("::1", 5000))
    #expect(map.target(host: "api.vercel.com", port: 80) == nil)
    #expect(map.target(host: "other.example", port: 443) == nil)
  }

  @Test func `an empty or absent variable maps nothing`() throws {
    #expect(try ResolveMap(environment: [:]).entries.isEmpty)
    #expect(try ResolveMap(environment: ["GATEHOUSE_RESOLVE": ""]).entries.isEmpty)
  }

  @Test(arguments: [
    "a", "a:1:b", "a:1::2", "a:1:b:0", "a:x:b:2", "a:1:b:2:3", "a:1:[::1:2", "a b:1:c:2", "a:1:b:70000", "a:1:b\n:2",
  ])
  func `a malformed entry is named`(text: String) {
    #expect(throws: ResolveMap.SyntaxError(entry: text)) { try ResolveMap(text) }
  }
}
