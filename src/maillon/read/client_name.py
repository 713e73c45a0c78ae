"""A readable name for a client program, from a closed vocabulary: a user agent may hold anything, so none is kept."""

from __future__ import annotations

UNKNOWN = "unknown client"

# The first that is found in the lower-case text gives the name: impostors' words (every browser says Mozilla, Edge
# says Chrome, Chrome says Safari) come after the more telling ones.
TOOLS = (
    ("headlesschrome", "headless Chrome"),
    ("phantomjs", "PhantomJS"),
    ("selenium", "Selenium"),
    ("puppeteer", "Puppeteer"),
    ("playwright", "Playwright"),
    ("scrapy", "Scrapy"),
    ("python-requests", "python-requests"),
    ("python-httpx", "python-httpx"),
    ("aiohttp", "aiohttp"),
    ("python-urllib", "python-urllib"),
    ("curl/", "curl"),
    ("wget/", "Wget"),
    ("powershell", "PowerShell"),
    ("postmanruntime", "Postman"),
    ("insomnia", "Insomnia"),
    ("go-http-client", "Go-http-client"),
    ("okhttp", "okhttp"),
    ("apache-httpclient", "Apache-HttpClient"),
    ("node-fetch", "node-fetch"),
    ("axios/", "axios"),
    ("undici", "undici"),
    ("libwww-perl", "libwww-perl"),
    ("guzzlehttp", "Guzzle"),
    ("nikto", "Nikto"),
    ("sqlmap", "sqlmap"),
    ("nuclei", "Nuclei"),
    ("zgrab", "zgrab"),
    ("masscan", "masscan"),
    ("nmap", "Nmap"),
    ("googlebot", "Googlebot"),
    ("bingbot", "bingbot"),
    ("applebot", "Applebot"),
    ("yandex", "Yandex"),
    ("baiduspider", "Baiduspider"),
    ("crawler", "a crawler"),
    ("spider", "a crawler"),
    ("bot/", "a crawler"),
    ("bot;", "a crawler"),
    ("monitor", "a monitor"),
    ("zabbix", "Zabbix"),
    ("nagios", "Nagios"),
    ("keycloak", "Keycloak"),
    ("java/", "Java"),
    ("java-http-client", "Java"),
    ("libreoffice", "LibreOffice"),
    ("zotero", "Zotero"),
)
BROWSERS = (
    ("edg/", "Edge"),
    ("edga/", "Edge"),
    ("edgios/", "Edge"),
    ("edge/", "Edge"),
    ("opr/", "Opera"),
    ("opera", "Opera"),
    ("vivaldi", "Vivaldi"),
    ("samsungbrowser", "Samsung Internet"),
    ("fxios", "Firefox"),
    ("firefox", "Firefox"),
    ("crios", "Chrome"),
    ("chromium", "Chrome"),
    ("chrome", "Chrome"),
    ("trident", "Internet Explorer"),
    ("msie", "Internet Explorer"),
    ("safari", "Safari"),
)
SYSTEMS = (
    ("windows", "Windows"),
    ("android", "Android"),
    ("iphone", "iOS"),
    ("ipad", "iOS"),
    ("mac os x", "macOS"),
    ("macintosh", "macOS"),
    ("cros ", "ChromeOS"),
    ("linux", "Linux"),
)


def client_name(agent: bytes) -> str:
    """Return the family of a user agent: a tool, or a browser and its system, or UNKNOWN. Never a word of its own."""
    text = agent.decode("latin-1").lower()
    tool = _first(TOOLS, text)
    if tool:
        return tool
    browser = _first(BROWSERS, text)
    if not browser:
        return UNKNOWN
    system = _first(SYSTEMS, text)
    return f"{browser}, {system}" if system else browser


def _first(names: tuple[tuple[str, str], ...], text: str) -> str:
    return next((name for word, name in names if word in text), "")
