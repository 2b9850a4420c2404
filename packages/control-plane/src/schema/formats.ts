import { isIPv4, isIPv6 } from 'node:net';

const DATE_TIME = /^\d{4}-\d\d-\d\d[Tt]([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;
const DATE = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/;
const DURATION = /^([+-]?(\d+(\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h))+$/;
const EMAIL = /^[^\s@]+@[^\s@]+$/;
const HOSTNAME =
  /^(?=.{1,253}$)[A-Za-z0-9]([-A-Za-z0-9]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([-A-Za-z0-9]{0,61}[A-Za-z0-9])?)*$/;
const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;
const MAC = /^[0-9a-f]{2}([:-][0-9a-f]{2}){5}$/i;
const HEX_COLOR = /^#?([0-9a-f]{3}|[0-9a-f]{6})$/i;
const BASE64 = /^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** How a string must look; formats that are not listed are not checked, as in the real server. */
export const STRING_FORMATS: Readonly<Record<string, (text: string) => boolean>> = {
  'date-time': (text) => DATE_TIME.test(text) && !Number.isNaN(Date.parse(text)),
  date: (text) => DATE.test(text) && !Number.isNaN(Date.parse(text)),
  duration: (text) => DURATION.test(text),
  email: (text) => EMAIL.test(text),
  hostname: (text) => HOSTNAME.test(text),
  cidr: isCidr,
  mac: (text) => MAC.test(text),
  hexcolor: (text) => HEX_COLOR.test(text),
  ...Object.fromEntries(['uuid3', 'uuid4', 'uuid5'].map((name) => [name, uuidOfVersion(name.slice(-1))])),
  ipv4: isIPv4,
  ipv6: isIPv6,
  uri: (text) => URL.canParse(text),
  uuid: (text) => UUID.test(text),
  byte: (text) => BASE64.test(text),
};

function isCidr(text: string): boolean {
  const [address = '', prefix = '', ...rest] = text.split('/');
  const width = isIPv4(address) ? 32 : isIPv6(address) ? 128 : -1;
  return rest.length === 0 && /^\d{1,3}$/.test(prefix) && Number(prefix) <= width;
}

function uuidOfVersion(version: string): (text: string) => boolean {
  return (text) => UUID.test(text) && text.replaceAll('-', '').charAt(12) === version;
}

/** Which whole numbers a numeric format holds. */
export const INTEGER_RANGES: Readonly<Record<string, { readonly min: number; readonly max: number }>> = {
  int32: { min: -(2 ** 31), max: 2 ** 31 - 1 },
  int64: { min: -(2 ** 63), max: 2 ** 63 },
};
