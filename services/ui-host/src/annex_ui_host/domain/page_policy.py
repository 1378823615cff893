"""What a page of an extension may do in a browser: its content security policy and permissions."""

from dataclasses import dataclass

from annex_ui_host.domain.asset_address import PREFIX, AssetAddress

# Every feature a frame could ask its user or machine for.
_DENIED_FEATURES = (
    "accelerometer",
    "autoplay",
    "camera",
    "clipboard-read",
    "display-capture",
    "encrypted-media",
    "fullscreen",
    "gamepad",
    "geolocation",
    "gyroscope",
    "hid",
    "identity-credentials-get",
    "idle-detection",
    "local-fonts",
    "magnetometer",
    "microphone",
    "midi",
    "otp-credentials",
    "payment",
    "picture-in-picture",
    "publickey-credentials-create",
    "publickey-credentials-get",
    "screen-wake-lock",
    "serial",
    "storage-access",
    "usb",
    "window-management",
    "xr-spatial-tracking",
)
PERMISSIONS_POLICY = ", ".join(f"{feature}=()" for feature in _DENIED_FEATURES)


@dataclass(slots=True)
class PublicOrigin:
    """The origin browsers load us from; with a free port it is known only once we listen."""

    text: str


@dataclass(frozen=True, slots=True)
class PagePolicy:
    """The policy of every page; ``frame_ancestors`` is the source list of who may frame one."""

    origin: PublicOrigin
    frame_ancestors: str

    def content_security_policy(self, address: AssetAddress) -> str:
        """Confine a page to the files of its own bundle.

        The source is spelled out because ``'self'`` matches nothing in a sandboxed frame, whose origin is
        opaque, and because the path keeps other extensions' files out. Inline styles are let through, as
        frameworks set them; with every other address closed they have nowhere to send what they see.
        """
        own = f"{self.origin.text}{PREFIX}{address.extension}/{address.content_hash}/"
        return "; ".join(
            (
                "default-src 'none'",
                f"script-src {own}",
                f"style-src {own} 'unsafe-inline'",
                f"img-src {own} data: blob:",
                f"font-src {own} data:",
                f"media-src {own} data: blob:",
                f"worker-src {own} blob:",
                "connect-src 'none'",
                "frame-src 'none'",
                "object-src 'none'",
                "base-uri 'none'",
                "form-action 'none'",
                f"frame-ancestors {self.frame_ancestors}",
                "sandbox allow-scripts allow-forms",
            )
        )
