"""Connections through a SOCKS proxy. Needs the extra `socks`."""

import asyncio
import ssl
from typing import Any

import aiohttp
from aiohttp.client_proto import ResponseHandler
from aiohttp_socks import ProxyConnectionError, ProxyConnector, ProxyError, ProxyTimeoutError, ProxyType


class SocksConnector(ProxyConnector):
    """aiohttp-socks' connector, with the errors that aiohttp raises for other proxies."""

    def __init__(self, host: str, port: int, *, is_socks4: bool, **options: Any) -> None:
        super().__init__(host, port, ProxyType.SOCKS4 if is_socks4 else ProxyType.SOCKS5, **options)
        self._name = f"{host}:{port}"

    async def _wrap_create_connection(
        self, *args: Any, req: aiohttp.ClientRequest, **options: Any
    ) -> tuple[asyncio.Transport, ResponseHandler]:
        try:
            return await super()._wrap_create_connection(*args, req=req, **options)
        except ssl.CertificateError as error:
            raise aiohttp.ClientConnectorCertificateError(req.connection_key, error) from error
        except ssl.SSLError as error:
            raise aiohttp.ClientConnectorSSLError(req.connection_key, error) from error
        except (ProxyConnectionError, ProxyError, ProxyTimeoutError) as error:
            problem = OSError(0, f"SOCKS proxy {self._name}: {error}")
            raise aiohttp.ClientProxyConnectionError(req.connection_key, problem) from error
        except OSError as error:  # such as a name of a host that this machine cannot resolve
            raise aiohttp.ClientConnectorError(req.connection_key, error) from error
