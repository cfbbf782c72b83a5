"""The resident identity number (公民身份号码, GB 11643-1999): 17 digits and a check character by ISO 7064 MOD 11-2."""

from datetime import date

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECKS = "10X98765432"
SYSTEM = "urn:oid:2.16.156.10011.1.3"


def check_character(first17: str) -> str:
    """The check character that belongs to the first 17 digits."""
    return CHECKS[sum(int(digit) * weight for digit, weight in zip(first17, WEIGHTS, strict=True)) % 11]


def upgrade(number15: str) -> str:
    """The 18-character number of a person known by the old 15-digit one (births of the 20th century)."""
    first17 = f"{number15[:6]}19{number15[6:]}"
    return first17 + check_character(first17)


def fault(number: str) -> str | None:
    """What is wrong with a number, in Chinese, or None when it is right."""
    if len(number) != 18 or not (number[:17].isdigit() and number.isascii()) or number[17] not in "0123456789X":
        return "身份证号码应为 18 位：前 17 位数字，末位数字或大写 X"
    try:
        date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return "身份证号码第 7–14 位不是有效的出生日期"
    if number[17] != check_character(number[:17]):
        return "身份证号码末位校验码不对，请核对是否录错"
    return None


def birth_date(number: str) -> date:
    """The birth date written in an 18-character number."""
    return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))


def sex(number: str) -> str:
    """``male`` or ``female``, from the parity of the 17th digit."""
    return "male" if int(number[16]) % 2 else "female"


def masked(number: str) -> str:
    """The number as shown where the whole is not needed."""
    return f"{number[:6]}********{number[14:]}"
