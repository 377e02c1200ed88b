const FAMILY = ['王', '李', '张', '刘', '陈', '杨', '赵', '黄', '周', '吴', '徐', '孙', '胡', '朱', '高', '林', '何', '郭', '欧阳', '司马'];
const GIVEN = ['建国', '秀英', '志强', '丽娟', '海燕', '国强', '晓梅', '文博', '玉兰', '思远', '雪', '磊', '静', '勇', '芳'];

export const pad = (n: number, width: number): string => String(n).padStart(width, '0');
/** Invented people: neither names nor numbers belong to anybody. */
export const nameOf = (n: number): string => (FAMILY[n % FAMILY.length] ?? '') + (GIVEN[(n * 7) % GIVEN.length] ?? '');
export const mobileOf = (n: number): string => `1${['38', '39', '59', '86'][n % 4] ?? '38'}${pad((n * 7_919_311) % 100_000_000, 8)}`;
